/* hwtune:
title = "Image filters"
domain = "numeric"
linkage = "library"
code = ["loop", "float"]
stands_for = "colours to grey, alpha blending, a separable blur in floating point, edges by differences"
source = "ITU-R BT.601; I. Sobel; shaped like pixman's general paths and GEGL's operations in plain C"
datasets = ["smooth", "text", "noise"]
units = ["image_pixel.c", "image_filter.c"]
headers = ["image.h"]
contraction = "The weights are sixteenths and the pixels integers, so that every step is exact however it is rounded."
*/
#include "image.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 128, HEIGHT = 96, PIXELS = WIDTH * HEIGHT, PICTURES = 4 };

static unsigned dataset, next;
static uint8_t *rgb, *grey, *blurred, *edges;
static float *rows;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    rgb = malloc(PICTURES * PIXELS * 3);
    grey = malloc(PIXELS);
    blurred = malloc(PIXELS);
    edges = malloc(PIXELS);
    rows = malloc(PIXELS * sizeof *rows);
    if (rgb == NULL || grey == NULL || blurred == NULL || edges == NULL || rows == NULL)
        abort();
    (dataset == 2 ? support_noise : support_text)(seed, rgb, PICTURES * PIXELS * 3);
    for (size_t i = 0; dataset == 0 && i < PICTURES * PIXELS; i++) {
        size_t x = i % WIDTH, y = i / WIDTH;
        for (unsigned colour = 0; colour < 3; colour++)
            rgb[3 * i + colour] = (uint8_t)(x * (colour + 1) + y * y / (colour + 3) + (rgb[3 * i + colour] & 3));
    }
}

uint64_t probe_run(void)
{
    const uint8_t *from = rgb + next * PIXELS * 3;
    next = (next + 1) % PICTURES;
    hwk_image_grey(from, grey, PIXELS);
    hwk_image_blur(grey, blurred, rows, WIDTH, HEIGHT);
    hwk_image_edges(blurred, edges, WIDTH, HEIGHT);
    hwk_image_blend(grey, blurred, from, PIXELS);
    return support_hash(support_hash(0, grey, PIXELS), edges, PIXELS);
}
