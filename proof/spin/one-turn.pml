/*
 * Claim, fence, takeover, stop and end of one session's turns, for the model checker SPIN.
 *
 * Two servers share one row. A server may be taken for dead while it only sleeps: then the other takes its turn over, and
 * the sleeper wakes up and goes on as if nothing had happened. People stop turns at any moment. Every write is one atomic
 * step, as a statement of the database is, and carries the epoch of its writer: that is the fence.
 *
 * What holds: at most one owner's writes take effect at any time, and each turn ends exactly once, `cancelled` where the
 * stop was written first. How to run it: proof/spin/README.md. With -DUNFENCED the fence is left out, and SPIN finds the run
 * in which two servers write into one conversation.
 */

#define SERVERS 2
#define TURNS 2
#define NONE 255

/* The row of the session. */
byte holder = NONE      /* the turn that has the session */
byte epoch = 0          /* grows with every change of ownership */
byte nextTurn = 0

/* The rows of the turns. */
bool stopped[TURNS]     /* a stop is recorded */
byte ends[TURNS]        /* final entries written */
bool cancelled[TURNS]   /* the final entry says so */

bool staleWrite = false /* a write took effect whose writer was not the owner */
byte ownerEpoch = 0     /* the epoch under which writing is right */
byte finished = 0       /* processes that have nothing left to do */

#ifdef UNFENCED
#define owns(e, t) (true)
#else
#define owns(e, t) (epoch == e && holder == t)
#endif

inline endTurn(e, t) {
  atomic {
    if
    :: owns(e, t) && ends[t] == 0 ->
       if :: e != ownerEpoch -> staleWrite = true :: else fi;
       ends[t]++;
       cancelled[t] = stopped[t];   /* a recorded stop turns every later end into `cancelled` */
       holder = NONE
#ifdef UNFENCED
    :: owns(e, t) && ends[t] > 0 ->
       staleWrite = true;
       ends[t]++
#endif
    :: else -> skip                 /* stale: nothing is written, and the server lets the turn go */
    fi
  }
}

proctype Server() {
  byte myEpoch, myTurn;
  do
  :: atomic {                       /* claim: the condition and the change are one statement */
       holder == NONE && nextTurn < TURNS ->
       holder = nextTurn; nextTurn++;
       epoch++; ownerEpoch = epoch;
       myEpoch = epoch; myTurn = holder
     };
     do
     :: true -> atomic {            /* a batch of text, under the fence */
          if
          :: owns(myEpoch, myTurn) ->
             if :: myEpoch != ownerEpoch -> staleWrite = true :: else fi
          :: else -> break          /* fenced */
          fi
        }
     :: true -> endTurn(myEpoch, myTurn); break
     :: true -> break                       /* it died here */
     od
  :: atomic {                       /* takes over what seems to be orphaned, also where its owner only sleeps */
       holder != NONE ->
       epoch++; ownerEpoch = epoch;
       myEpoch = epoch; myTurn = holder
     };
     endTurn(myEpoch, myTurn)
  :: nextTurn == TURNS && holder == NONE -> break
  od;
  finished++
}

/* Somebody who presses Stop: the stop names its turn, so a late one hits no other. */
proctype Person() {
  byte turn;
  do
  :: atomic {
       nextTurn > 0 ->
       select(turn : 0 .. TURNS - 1);
       if
       :: holder == turn && ends[turn] == 0 -> stopped[turn] = true
       :: else -> skip
       fi
     }
  :: nextTurn == TURNS && holder == NONE -> break
  od;
  finished++
}

init {
  byte n;
  atomic {
    for (n : 1 .. SERVERS) { run Server() }
    run Person()
  };
  finished == SERVERS + 1;
  for (n : 0 .. TURNS - 1) {
    assert(ends[n] == 1);
    assert(!stopped[n] || cancelled[n])
  }
}

ltl oneOwner { [] !staleWrite }
