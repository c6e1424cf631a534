/// One position's key and value into its block.

void SK_NAME(kv_store_f32)(
    const float *restrict key, const float *restrict value, size_t head_dim, size_t position_in_block,
    float *restrict key_block, float *restrict value_block) {
    for (size_t d = 0; d < head_dim; d++) key_block[d * SK_KV_BLOCK_POSITIONS + position_in_block] = key[d];
    memcpy(value_block + position_in_block * head_dim, value, head_dim * sizeof *value);
}
