/* Pictures of a byte a pixel. */
#ifndef HWK_IMAGE_H
#define HWK_IMAGE_H

#include <stddef.h>
#include <stdint.h>

/* From three bytes a pixel to one. */
void hwk_image_grey(const uint8_t *rgb, uint8_t *to, size_t n);
/* One picture over another, by an alpha of a byte a pixel. */
void hwk_image_blend(uint8_t *to, const uint8_t *over, const uint8_t *alpha, size_t n);
/* Weights 1 4 6 4 1 along rows and columns, in floating point. */
void hwk_image_blur(const uint8_t *from, uint8_t *to, float *rows, size_t width, size_t height);
/* How steep a picture is at each place. */
void hwk_image_edges(const uint8_t *from, uint8_t *to, size_t width, size_t height);

#endif
