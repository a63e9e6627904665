/* SPDX-License-Identifier: MIT */
/*
 * Random operations on handlers, between turns and in callbacks, against a
 * naive model of who is called. Where the order in a batch decides, which is
 * the system's business, the model says who may be called and who must not.
 * LIBREACTOR_SEED=n replays one sequence and tells what it does.
 */
#include "support/loops.h"
#include "support/scale.h"

#include <stdlib.h>
#include <string.h>

#define COUNT   16
#define STEPS   60
#define TRIGGER (REACTOR_EDGE | REACTOR_ONESHOT)

struct model {
    struct watch watch; /* first: its probe is what is called */
    uint32_t wanted;
    bool is_active;
    bool is_lost;   /* its handle was closed without a stop */
    bool is_open;   /* there is a pair */
    bool is_ended;  /* the peer has said its last */
    bool is_armed;  /* a oneshot that has not fired, an edge not yet told */
    unsigned bytes; /* unread */

    /* Of the turn that is being done. */
    uint32_t asked; /* for, when it began */
    uint32_t ready; /* of that */
    bool was_armed;
    bool is_touched;
    bool is_new; /* started in it */
    bool was_called;
};

static struct reactor_loop *loop;
static struct model models[COUNT];
static struct watch ticker;
static uint64_t random_state;
static bool is_told; /* what is done */
static bool in_turn;
static int complaint; /* the first line that found something wrong */

#define EXPECT(condition)                                                      \
    do {                                                                       \
        if (!(condition) && complaint == 0)                                    \
            complaint = __LINE__;                                              \
    } while (0)

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) % limit);
}

static void tell(const char *what, const struct model *model, uint32_t detail)
{
    if (is_told)
        print_message("%s%s %d 0x%x\n", in_turn ? "    " : "", what,
                      model != NULL ? (int)(model - models) : -1,
                      (unsigned)detail);
}

/* ---- The model ---- */

static uint32_t readiness_of(const struct model *model)
{
    uint32_t readiness = REACTOR_WRITABLE;

    if (model->bytes > 0 || model->is_ended)
        readiness |= REACTOR_READABLE;
    return readiness;
}

static void note_interest(struct model *model, uint32_t interest)
{
    model->wanted = interest;
    model->is_touched = true;
    model->is_armed = true;
}

static void note_stop(struct model *model)
{
    model->is_active = false;
    model->is_touched = true;
}

static void begin_turn(struct model *model)
{
    model->asked = model->is_active ? model->wanted : 0;
    model->ready = readiness_of(model) & model->asked;
    model->was_armed = model->is_armed;
    model->is_touched = false;
    model->is_new = false;
    model->was_called = false;
}

/* Who has to be called in a turn if nobody interferes. */
static bool is_due(const struct model *model)
{
    return model->is_active && !model->is_lost && model->ready != 0 &&
           (model->was_armed || (model->asked & TRIGGER) == 0);
}

static void end_turn(struct model *model)
{
    if (!model->is_touched && !model->was_called)
        EXPECT(!is_due(model));
}

/*
 * An edge is told when it may be over, and each direction on its own. A poll of
 * io_uring tells why it was woken, and so does a oneshot that is not looked at
 * again: tests/model/model.c.
 */
static bool may_be_over(const struct model *model)
{
    return (model->wanted & TRIGGER) == REACTOR_EDGE ||
           ((model->wanted & REACTOR_ONESHOT) && !oneshots_are_looked_at()) ||
           strcmp(reactor_backend_name(), "io_uring") == 0;
}

/* A call of one whose handle is open. */
static void check_call(struct model *model, uint32_t readiness)
{
    uint32_t told = readiness & READINESS_ALL;

    if (!may_be_over(model)) {
        EXPECT((told & ~readiness_of(model) & ~model->ready) == 0);
        EXPECT((told & model->ready) == (model->wanted & model->ready));
    }
    EXPECT((model->wanted & model->asked & REACTOR_ONESHOT) == 0 ||
           model->is_armed);
    EXPECT(!model->is_touched ||
           ((model->asked | model->wanted) & TRIGGER) == 0);
    EXPECT((readiness & REACTOR_ERROR) == 0);
    if (!model->is_ended)
        EXPECT((readiness & REACTOR_READ_CLOSED) == 0);
    model->is_armed = false;
}

/* ---- Operations ---- */

static const uint32_t directions[] = {0, REACTOR_READABLE, REACTOR_WRITABLE,
                                      DIRECTIONS};

static uint32_t random_interest(void)
{
    uint32_t trigger = triggers[random_below(TRIGGER_COUNT)];

    if (random_below(2) == 0 || !is_supported(trigger))
        trigger = 0;
    return directions[random_below(4)] | trigger;
}

static void open_pair(struct model *model)
{
    model->watch.pair = stream_pair();
    model->is_open = true;
    model->is_ended = false;
    model->bytes = 0;
}

/* Somebody whose handle had this number, and was not stopped. */
static struct model *find_lost(reactor_handle handle)
{
    int i;

    for (i = 0; i < COUNT; i++)
        if (models[i].is_active && models[i].is_lost &&
            reactor_handler_handle(&models[i].watch.handler) == handle)
            return &models[i];
    return NULL;
}

static void stop(struct model *model)
{
    tell("stop", model, 0);
    reactor_handler_stop(&model->watch.handler);
    note_stop(model);
}

static void start(struct model *model)
{
    uint32_t interest = random_interest();
    struct model *lost;
    int error;

    if (!model->is_open)
        open_pair(model);
    tell("start", model, interest);
    error = reactor_handler_start(&model->watch.handler, model->watch.pair.mine,
                                  interest);
    lost = find_lost(model->watch.pair.mine);
    if (error == -EEXIST && lost != NULL && lost != model) {
        stop(lost); /* the two could not be told apart */
        error = reactor_handler_start(&model->watch.handler,
                                      model->watch.pair.mine, interest);
    }
    EXPECT(error == 0);
    model->is_active = true;
    model->is_lost = false;
    model->is_new = true;
    note_interest(model, interest);
}

static void update(struct model *model)
{
    uint32_t interest = random_interest();
    int error = reactor_handler_update(&model->watch.handler, interest);

    tell("update", model, interest);
    EXPECT(error == (model->is_active ? 0 : -ENOENT));
    if (error == 0)
        note_interest(model, interest);
}

static void toggle(struct model *model)
{
    uint32_t before = model->wanted;

    if (!model->is_active)
        return;
    update(model);
    tell("back", model, before);
    EXPECT(reactor_handler_update(&model->watch.handler, before) == 0);
    note_interest(model, before);
}

static void lose(struct model *model)
{
    if (!model->is_open)
        return;
    tell("close", model, 0);
    close_pair(&model->watch.pair);
    model->is_open = false;
    model->is_lost = model->is_active;
    model->is_touched = true;
}

static void send(struct model *model)
{
    if (!model->is_open || model->is_ended || model->bytes > 50)
        return;
    tell("send", model, 0);
    send_byte(model->watch.pair.peer);
    model->bytes++;
    if ((model->wanted & TRIGGER) == REACTOR_EDGE &&
        (model->wanted & REACTOR_READABLE))
        model->is_armed = true;
}

static void receive(struct model *model)
{
    if (!model->is_open)
        return;
    tell("receive", model, 0);
    drain(model->watch.pair.mine);
    model->bytes = 0;
    if ((model->wanted & TRIGGER) == REACTOR_EDGE)
        model->is_armed = false; /* what it was about to tell may be over */
}

static void finish(struct model *model)
{
    if (!model->is_open || model->is_ended)
        return;
    tell("end", model, 0);
    shut_writing(&model->watch.pair);
    model->is_ended = true;
    if ((model->wanted & TRIGGER) == REACTOR_EDGE &&
        (model->wanted & REACTOR_READABLE))
        model->is_armed = true;
}

static void (*const operations[])(struct model *) = {
    start, start, update, update,  toggle, stop,
    lose,  send,  send,   receive, finish};

static void operate(void)
{
    operations[random_below(COUNT_OF(operations))](
        &models[random_below(COUNT)]);
}

/* ---- Turns ---- */

static void be_called(struct probe *probe)
{
    struct model *model = (struct model *)probe;
    uint32_t readiness = probe->readiness;

    tell("called", model, readiness);
    EXPECT(in_turn && model->is_active && !model->is_new);
    EXPECT((readiness & READINESS_ALL & ~model->wanted) == 0);
    EXPECT((readiness & (READINESS_ALL | REACTOR_ERROR)) != 0);
    EXPECT(!model->was_called || model->is_lost);
    if (!model->is_lost && (readiness & REACTOR_ERROR) == 0)
        check_call(model, readiness);
    else
        EXPECT(model->is_lost);
    model->was_called = true;
    while (random_below(3) == 0)
        operate();
}

static uint64_t count_waits(void)
{
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};

    assert_ok(reactor_loop_numbers(loop, &numbers));
    return numbers.turns;
}

/* A run tells what was refused before it waits. */
static void turn(void)
{
    uint64_t waits = count_waits();
    int i;

    for (i = 0; i < COUNT; i++)
        begin_turn(&models[i]);
    awaits_by_run = random_below(2) == 0;
    tell(awaits_by_run ? "run" : "turn", NULL, 0);
    in_turn = true;
    await_calls(loop);
    in_turn = false;
    waits = count_waits() - waits;
    EXPECT(waits == 1 || (waits == 0 && awaits_by_run));
    for (i = 0; i < COUNT && waits > 0; i++)
        end_turn(&models[i]);
}

static int64_t count_active(void)
{
    int64_t count = 1; /* the ticker */
    int i;

    for (i = 0; i < COUNT; i++)
        count += models[i].is_active;
    return count;
}

static void check_all(void)
{
    int i;

    EXPECT(reactor_loop_alive(loop) == count_active());
    for (i = 0; i < COUNT; i++) {
        const struct reactor_handler *handler = &models[i].watch.handler;

        EXPECT(reactor_handler_is_active(handler) == models[i].is_active);
        EXPECT(reactor_handler_interest(handler) ==
               (models[i].is_active ? models[i].wanted : 0));
    }
}

/* ---- Sequences ---- */

static void begin(uint64_t seed)
{
    int i;

    random_state = seed * 0x9e3779b97f4a7c15 + 1;
    complaint = 0;
    loop = open_loop();
    watch_start(&ticker, loop, 0, REACTOR_WRITABLE);
    memset(models, 0, sizeof(models));
    for (i = 0; i < COUNT; i++) {
        struct watch *watch = &models[i].watch;

        watch->probe.then = be_called;
        reactor_handler_init(&watch->handler, loop, on_ready, &watch->probe);
    }
}

static void end(void)
{
    int i;

    for (i = 0; i < COUNT; i++) {
        if (random_below(2) == 0)
            reactor_handler_stop(&models[i].watch.handler);
        if (models[i].is_open)
            close_pair(&models[i].watch.pair);
    }
    reactor_loop_close(loop);
    for (i = 0; i < COUNT; i++)
        EXPECT(!reactor_handler_is_active(&models[i].watch.handler));
    watch_end(&ticker);
}

static void run_sequence(uint64_t seed)
{
    int step;

    begin(seed);
    for (step = 0; step < STEPS && complaint == 0; step++) {
        operate();
        if (random_below(3) == 0)
            turn();
        check_all();
    }
    end();
    if (complaint != 0)
        fail_msg("line %d: LIBREACTOR_SEED=%llu", complaint,
                 (unsigned long long)seed);
}

static void the_loop_does_what_the_model_says(void **state)
{
    const char *one = getenv("LIBREACTOR_SEED");
    uint64_t first = one != NULL ? strtoull(one, NULL, 10) : 1;
    uint64_t count = one != NULL ? 1 : scaled(8000, 1000000);
    uint64_t seed;

    (void)state;
    is_told = one != NULL;
    for (seed = first; seed < first + count; seed++)
        run_sequence(seed);
}

/* What nobody has tried before. */
static void it_does_for_a_seed_of_the_moment_too(void **state)
{
    uint64_t seed = (uint64_t)reactor_now_ns();
    int i;

    (void)state;
    if (getenv("LIBREACTOR_SEED") != NULL)
        skip_because("a seed is replayed");
    print_message("LIBREACTOR_SEED=%llu ...\n", (unsigned long long)seed);
    for (i = 0; i < 100; i++)
        run_sequence(seed + (uint64_t)i);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(the_loop_does_what_the_model_says),
        CLAIM_WITHOUT_REACTOR(it_does_for_a_seed_of_the_moment_too),
    };

    return run_claims(claims);
}
