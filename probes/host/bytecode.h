/* A machine with a stack. */
#ifndef HWK_BYTECODE_H
#define HWK_BYTECODE_H

#include "program.h"

enum hwk_operation {
    HWK_PUSH, HWK_LOAD, HWK_STORE, HWK_ADD, HWK_SUBTRACT, HWK_MULTIPLY, HWK_REMAINDER, HWK_XOR, HWK_SHIFT, HWK_LESS,
    HWK_JUMP, HWK_JUMP_ZERO, HWK_GET, HWK_PUT, HWK_CALL, HWK_RETURN, HWK_DUPLICATE, HWK_HALT,
};

struct hwk_machine {
    const unsigned char *code;
    uint32_t stack[256], local[16], memory[1024];
    size_t frames[32];
};

/* Runs from an instruction until it halts; returns what is on top of the stack. */
uint32_t hwk_machine_run(struct hwk_machine *machine, size_t start);

#endif
