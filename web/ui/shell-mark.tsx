/** The mark of the app: a shell seen from its tip. Decoration only; words stand beside it. */
export function ShellMark({ className }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={className}
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path strokeWidth="1.9" d={SPIRAL} />
    </svg>
  )
}

const SPIRAL =
  'M8.9 13.1C9.0 13.0 9.2 12.5 9.5 12.4C9.8 12.2 10.2 12.2 10.6 12.3C10.9 12.4 11.3 12.7 11.5 13.0C11.7 13.4 11.8 14.0 11.7 14.4C11.5 14.8 11.2 15.4 10.7 15.6C10.3 15.8 9.6 16.0 9.1 15.9C8.5 15.7 7.8 15.3 7.5 14.7C7.2 14.2 7.0 13.3 7.1 12.6C7.3 12.0 7.8 11.1 8.5 10.7C9.1 10.2 10.2 9.9 11.1 10.1C11.9 10.3 13.0 10.9 13.6 11.7C14.2 12.5 14.6 13.9 14.4 14.9C14.2 16.0 13.5 17.4 12.5 18.2C11.5 18.9 9.8 19.5 8.5 19.3C7.1 19.1 5.3 18.3 4.4 17.0C3.4 15.8 2.6 13.8 2.8 12.1C3.0 10.4 4.0 8.1 5.5 6.8C6.9 5.6 9.5 4.5 11.6 4.7C13.8 4.8 16.7 6.0 18.3 7.8C19.9 9.6 20.7 14.2 21.2 15.4'
