/* One instruction after another. */
#include "bytecode.h"

uint32_t hwk_machine_run(struct hwk_machine *m, size_t start)
{
    const unsigned char *code = m->code, *at = code + start;
    uint32_t *top = m->stack;
    size_t depth = 0;
    *top = 0;
    for (;;) {
        switch ((enum hwk_operation)*at++) {
        case HWK_PUSH: *++top = *at++; break;
        case HWK_LOAD: *++top = m->local[*at++ % 16]; break;
        case HWK_STORE: m->local[*at++ % 16] = *top--; break;
        case HWK_ADD: top--; *top += top[1]; break;
        case HWK_SUBTRACT: top--; *top -= top[1]; break;
        case HWK_MULTIPLY: top--; *top *= top[1]; break;
        case HWK_REMAINDER: top--; *top = top[1] != 0 ? *top % top[1] : 0; break;
        case HWK_XOR: top--; *top ^= top[1]; break;
        case HWK_SHIFT: top--; *top >>= top[1] % 32; break;
        case HWK_LESS: top--; *top = *top < top[1]; break;
        case HWK_JUMP: at = code + *at; break;
        case HWK_JUMP_ZERO: at = *top-- == 0 ? code + *at : at + 1; break;
        case HWK_GET: *top = m->memory[*top % 1024]; break;
        case HWK_PUT: top -= 2; m->memory[top[1] % 1024] = top[2]; break;
        case HWK_CALL:
            if (depth == 32)
                return *top;
            m->frames[depth++] = (size_t)(at + 1 - code);
            at = code + *at;
            break;
        case HWK_RETURN:
            if (depth == 0)
                return *top;
            at = code + m->frames[--depth];
            break;
        case HWK_DUPLICATE: top++; *top = top[-1]; break;
        case HWK_HALT: return *top;
        }
    }
}
