/* hwtune:
title = "Byte-code interpreter"
domain = "interpreters"
linkage = "program"
code = ["branchy"]
stands_for = "a stack machine with a switch for each instruction: loops, arrays and calls"
source = "M. A. Ertl and D. Gregg, The structure and performance of efficient interpreters, 2003; shaped like SQLite's vdbe.c and CPython's ceval.c without computed jumps"
datasets = ["loops", "arrays", "calls"]
units = ["bytecode_run.c"]
headers = ["bytecode.h", "program.h"]
*/
#include "bytecode.h"

enum { CODE = 512 };

static unsigned dataset;
static unsigned char *code;
static struct hwk_machine machine;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

/* Programs as text, an instruction a letter: p n push, l n load, s n store, + - * % ^ > (shift) <, j n and z n jumps to an
 * instruction's place, g get, w put, c n call, r return, d duplicate, h halt. Places and numbers are two decimal digits. */
static const char *const programs[3] = {
    /* 0: i = 0, 2: while (i < 900) sum = (sum * 31 ^ i) % 65521 */
    "p00 s00 l00 p90 p10 * < z66 l01 p31 * l00 ^ p97 % l01 p03 > + s01 l00 p01 + s00 j02 h",
    /* fills an array, then sums neighbours */
    "p00 s00 l00 p90 p06 * < z70 l00 l00 l01 + p77 * p03 > w l00 g l00 p01 + g ^ l01 + s01 l00 p01 + s00 j02 h",
    /* calls a function of two arguments: x * 5 + y */
    "p00 s00 l00 p90 p05 * < z60 l00 l01 c68 s01 l00 p01 + s00 j02 h",
};

/* Translates a program. Places in the text are found by counting instructions. */
static void assemble(const char *text)
{
    static const char letters[] = "pls+-*%^><jzgwcrdh";
    size_t at = 0, place[64], jump[64], target[64], instructions = 0, jumps = 0;
    for (const char *p = text; *p != 0; p++) {
        const char *found = strchr(letters, *p);
        if (*p == ' ' || found == NULL)
            continue;
        place[instructions++] = at;
        code[at++] = (unsigned char)(found - letters);
        if (strchr("plsjzc", *p) != NULL) {
            unsigned value = (unsigned)(p[1] - '0') * 10 + (unsigned)(p[2] - '0');
            p += 2;
            if (code[at - 1] == HWK_JUMP || code[at - 1] == HWK_JUMP_ZERO || code[at - 1] == HWK_CALL) {
                jump[jumps] = at;
                target[jumps++] = value;
            }
            code[at++] = (unsigned char)value;
        }
    }
    size_t function = at; /* y and x are on the stack */
    static const unsigned char body[] = {HWK_STORE, 2, HWK_PUSH, 5, HWK_MULTIPLY, HWK_LOAD, 2, HWK_ADD, HWK_RETURN};
    memcpy(code + at, body, sizeof body);
    for (size_t i = 0; i < jumps; i++) {
        unsigned char operation = code[jump[i] - 1];
        code[jump[i]] = (unsigned char)(operation == HWK_CALL ? function : operation == HWK_JUMP_ZERO ? place[instructions - 1] : place[target[i]]);
    }
}

void probe_setup(uint64_t seed)
{
    code = malloc(CODE);
    if (code == NULL)
        abort();
    assemble(programs[dataset]);
    machine.code = code;
    for (unsigned i = 0; i < 1024; i++)
        machine.memory[i] = (uint32_t)support_random(&seed);
    machine.local[1] = (uint32_t)support_random(&seed);
}

/* A run of the program, which goes on with the values of the one before. */
uint64_t probe_run(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < 6; i++)
        sum = sum * 31 + hwk_machine_run(&machine, 0) + machine.local[1];
    return support_hash(sum, machine.memory, sizeof machine.memory);
}
