double lzma_sum(const double *values, int count);
