/** Words for what is done with a conversation as a whole, and with what was said in it; part of `english.ts`. */
export const conversationWords = {
  history: {
    edit: 'Edit',
    editLabel: 'Edit your message',
    editHint: 'What came after it makes room. The old version stays: you can page back to it.',
    editSend: 'Send in its place',
    editCancel: 'Leave as it was',
    askAgain: 'Write again',
    more: 'More',
    branch: 'Branch from here',
    branchHint: 'A new session with copies up to here. A running answer is left out.',
    remove: 'Delete from here…',
    removeTitle: 'Delete this message and all below it?',
    removeBody: 'Other versions that stand here go as well. This cannot be undone.',
    removeConfirm: 'Delete',
    removeCancel: 'Keep them',
    version: (place: number, count: number) => `Version ${place} of ${count}`,
    previousVersion: 'Previous version',
    nextVersion: 'Next version',
    working: 'One moment…',
    busy: 'An answer is being written. Nothing was changed.',
    failed: 'That did not work. Nothing was changed; try again in a moment.',
    stopAndDo: 'Stop it and go on',
  },

  sessionFile: {
    import: 'Import a session from a file',
    refused: 'This file is not a session that Conch has exported as JSON. Nothing was added.',
    failed: 'The file could not be sent. Try again in a moment.',
    exportMarkdown: 'Save as Markdown',
    exportJson: 'Save as JSON',
  },

  privacy: {
    mark: 'Private',
    markIt: 'Mark as private',
    unmark: 'No longer private',
    meaning: 'No search and no export of everything shows it. Whoever has this browser can still open it.',
  },

  images: {
    attach: 'Add images',
    choose: 'Choose images',
    trayLabel: 'Images for the next message',
    chosen: (name: string) => `Image ${name}`,
    remove: (name: string) => `Leave out ${name}`,
    sent: (place: number, count: number) =>
      count === 1 ? 'Image of this message' : `Image ${place} of ${count} of this message`,
    lost: (image: string) => `${image}: not here, or it could not be loaded.`,
    notKept: 'This browser has no room to keep these images. Send them before you leave this page.',
    tooMany: (most: number) => `A message can have up to ${most} images. The others were not added.`,
    withoutWords: 'Images without words',
    problems: {
      too_large: 'Larger than 5 MB',
      not_an_image: 'No PNG, JPEG, WebP or GIF',
      failed: 'Not sent. Try again',
    },
  },

  diagram: {
    title: 'Diagram',
    showText: 'Show text',
    showDrawing: 'Show drawing',
    failed: 'This could not be drawn. Here is its text.',
  },

  find: {
    label: 'Find in this session',
    placeholder: 'Find',
    previous: 'Previous match',
    next: 'Next match',
    close: 'Close the search',
    none: 'Not found',
    of: (place: number, count: number) => `${place} of ${count}`,
    reading: 'Reading on…',
  },
} as const
