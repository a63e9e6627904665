/* SPDX-License-Identifier: MIT */
/*
 * A model, for spin(1), of how a post reaches a loop: src/loop/post.c. It is
 * checked by wake_protocol.sh, which also breaks it in the ways below, each
 * of which must be found out.
 *
 * What is proved, for all interleavings of a loop and its senders:
 *   - each send that returned 0 is followed by a call that sees what the sender
 *     wrote before it, at the latest when the loop is closed;
 *   - no post is called that nobody has sent, or twice for one send;
 *   - posts of one sender are called in the order of its sending;
 *   - the loop never waits while a post is there and nobody is going to ring;
 *   - no sender touches the loop after it is gone.
 *
 * What the caller owes is assumed: the loop is not gone before each sender's
 * last send has been refused or is on the stack (or a hook of
 * REACTOR_BEFORE_CLOSE has waited until it is). That a sender rings after its
 * post is on the stack is the loop's own affair.
 *
 *   SLEEP_UNSEEN  the loop says ASLEEP by a store, after it has looked
 *   CLEAR_LATE    a post is idle after its call, not before
 *   LOOK_FIRST    a sender leaves a post alone that looks pending: the load
 *                 overtakes its own store of the data
 *   NO_WAIT       close does not wait for who rings
 *   NO_RING       a sender that has replaced ASLEEP leaves it at that
 *   NOT_REVERSED  the stack is called from its top
 */

#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef OWN /* posts of each sender's own, sent after the one that all share */
#define OWN 2
#endif
#ifndef SHARED /* so often each sender sends that one */
#define SHARED 1
#endif

#if OWN > 0
#define OWN_OR_1 OWN
#else
#define OWN_OR_1 1
#endif

#define SHARED_POST 0
#define POSTS       (1 + SENDERS * OWN)

/* The head: one of these, or the newest post. */
#define NOTHING 0
#define ASLEEP  1
#define CLOSED  2
#define POST(p) ((p) + 3)

byte head = NOTHING;
byte next[POSTS];    /* as in the head */
bool pending[POSTS]; /* the state of each */
byte data[SENDERS];  /* what a sender writes before it sends */
bool bell;           /* reactor_wake() was called */
byte rung;
bool is_gone;

/* What only the proof knows. */
bool is_on_stack[POSTS]; /* or in the list: it was accepted */
byte promised[SENDERS];  /* data whose send of SHARED_POST returned 0 */
byte doubtful[SENDERS];  /* the same, while another one is pushing it */
byte seen[SENDERS];      /* data that a call of SHARED_POST has seen */
byte calls[POSTS];
byte accepted[POSTS];
byte inside = SENDERS; /* of them the caller must not close the loop */

inline touch()
{
    assert(!is_gone)
}

/* ---- Senders ---- */

/* The send that made the post pending has turned out well. */
inline confirm(p)
{
    d_step {
        is_on_stack[p] = true;
        accepted[p]++;
        if
        :: p == SHARED_POST ->
            k = 0;
            do
            :: k < SENDERS ->
                if
                :: doubtful[k] > 0 -> promised[k] = doubtful[k]
                :: else
                fi;
                doubtful[k] = 0;
                k++
            :: else -> break
            od;
            promised[me] = data[me]
        :: else
        fi;
        k = 0
    }
}

inline doubt_is_over()
{
    d_step {
        k = 0;
        do
        :: k < SENDERS -> doubtful[k] = 0; k++
        :: else -> break
        od;
        k = 0
    }
}

inline was_pending(p)
{
    d_step {
        if
        :: p == SHARED_POST && is_on_stack[p] -> promised[me] = data[me]
        :: p == SHARED_POST && !is_on_stack[p] -> doubtful[me] = data[me]
        :: else
        fi
    }
}

inline push(p, is_last)
{
    touch();
    old = head;
    do
    :: old == CLOSED ->
        atomic {
            pending[p] = false;
            if
            :: p == SHARED_POST -> doubt_is_over()
            :: else
            fi;
            is_refused = true
        };
        break
    :: else ->
        next[p] = (old == ASLEEP -> NOTHING : old);
        atomic {
            touch();
            if
            :: head == old ->
                head = POST(p);
                confirm(p);
                if
                :: is_last -> inside--; is_out = true
                :: else
                fi;
                break
            :: else -> old = head
            fi
        }
    od;
    if
    :: !is_refused && old == ASLEEP ->
        touch();
#ifndef NO_RING
        bell = true;
#endif
        atomic {
            touch();
            rung++
        }
    :: else
    fi
}

/* `wrote` is what the sender writes before. */
inline send(p, wrote, is_last)
{
#ifdef LOOK_FIRST
    if
    :: pending[p] ->
        atomic {
            was_pending(p);
            if
            :: p == SHARED_POST -> promised[me] = wrote
            :: else
            fi
        };
        data[me] = wrote; /* only now does it leave the processor */
        goto sent
    :: else
    fi;
#endif
    data[me] = wrote;
    atomic {
        was = pending[p];
        pending[p] = true;
        if
        :: was -> was_pending(p)
        :: else
        fi
    };
    if
    :: !was -> push(p, is_last)
    :: else
    fi;
    sent: skip
}

proctype Sender(byte me)
{
    byte i;
    byte k;
    byte old;
    bool was;
    bool is_refused;
    bool is_out;

    do
    :: i < SHARED + OWN && !is_refused ->
        if
        :: i < SHARED ->
            send(SHARED_POST, i + 1, (i == SHARED + OWN - 1))
        :: else ->
            byte mine = 1 + me * OWN + i - SHARED;

            atomic {
                assert(!pending[mine]);
                pending[mine] = true
            };
            push(mine, (i == SHARED + OWN - 1))
        fi;
        i++
    :: else -> break
    od;
    if
    :: !is_out -> inside--
    :: else
    fi
}

/* ---- The loop ---- */

byte list[POSTS]; /* in the order of calling */
byte count;
bool is_asleep;
byte owed;

inline take_stack(replacement)
{
    atomic {
        top = head;
        head = replacement
    };
    d_step {
        if
        :: is_asleep && top != ASLEEP -> owed++
        :: else
        fi;
        is_asleep = false;
        taken = 0;
        do /* how many, and then from the end of the list backwards */
        :: top > CLOSED ->
            on_way[taken] = top - 3;
            taken++;
            top = next[top - 3]
        :: else -> break
        od;
        top = 0;
        do
        :: top < taken ->
            assert(count < POSTS);
#ifdef NOT_REVERSED
            list[count] = on_way[top];
#else
            list[count] = on_way[taken - 1 - top];
#endif
            count++;
            top++
        :: else -> break
        od;
        do
        :: taken > 0 -> taken--; on_way[taken] = 0
        :: else -> break
        od;
        top = 0
    }
}

/* Its data is looked at, as a function may. */
inline call(p)
{
    d_step {
        assert(calls[p] < accepted[p]);
        calls[p]++;
        if
        :: p == SHARED_POST ->
            taken = 0;
            do
            :: taken < SENDERS -> seen[taken] = data[taken]; taken++
            :: else -> break
            od;
            taken = 0
        :: p != SHARED_POST && (p - 1) % OWN_OR_1 > 0 ->
            assert(calls[p - 1] == accepted[p - 1])
        :: else
        fi
    }
}

inline be_idle(p)
{
    d_step {
        pending[p] = false;
        is_on_stack[p] = false
    }
}

inline run_list()
{
    do
    :: count > 0 ->
        d_step {
            first = list[0];
            taken = 0;
            do
            :: taken + 1 < count -> list[taken] = list[taken + 1]; taken++
            :: else -> break
            od;
            count--;
            list[count] = 0;
            taken = 0
        };
#ifdef CLEAR_LATE
        call(first);
        be_idle(first)
#else
        be_idle(first);
        call(first)
#endif
    :: else -> break
    od
}

/* True if somebody is, or will be, called without another send. */
#define IS_PENDING (count > 0 || head > CLOSED)

inline fall_asleep()
{
#ifdef SLEEP_UNSEEN
    if
    :: head == NOTHING ->
        head = ASLEEP;
        is_asleep = true
    :: else
    fi
#else
    atomic {
        if
        :: head == NOTHING ->
            head = ASLEEP;
            is_asleep = true
        :: else
        fi
    }
#endif
}

inline wait_for_bell()
{
    if
    :: bell -> bell = false
    :: !is_asleep -> bell = false /* this wait only looks */
    :: timeout -> /* nobody can do anything any more */
        assert(!IS_PENDING);
        is_over = true
    fi
}

proctype Loop()
{
    byte top;
    byte taken;
    byte first;
    byte on_way[POSTS];
    byte p;
    bool is_over;

    do
    :: is_over -> break
    :: !is_over -> is_over = true /* it is closed at any time */
    :: !is_over ->
        fall_asleep();
        wait_for_bell();
        if
        :: is_asleep || head != NOTHING -> take_stack(NOTHING)
        :: else
        fi;
        run_list()
    od;
    take_stack(CLOSED);
    run_list();
    inside == 0; /* what the caller owes */
#ifndef NO_WAIT
    rung == owed;
#endif
    is_gone = true;
    assert(count == 0);
    d_step {
        p = 0;
        do
        :: p < SENDERS -> assert(seen[p] >= promised[p]); p++
        :: else -> break
        od;
        p = 0;
        do
        :: p < POSTS -> assert(calls[p] == accepted[p]); p++
        :: else -> break
        od
    }
}

init
{
    byte s;

    atomic {
        run Loop();
        do
        :: s < SENDERS -> run Sender(s); s++
        :: else -> break
        od
    }
}
