package nanochat.tensor;

/// What attention works on: queries `[B*T, heads*D]`, keys and values `[B*T, kvHeads*D]`; the query at t sees the keys
/// max(0, t-window)..t of its own row; scores are scaled by 1/sqrt(D); query head h reads kv head h / (heads / kvHeads).
public record AttentionShape(int batch, int length, int heads, int kvHeads, int headSize, int window) {
    public AttentionShape {
        if (batch < 1 || length < 1 || heads < 1 || kvHeads < 1 || heads % kvHeads != 0 || headSize < 1 || window < 0) {
            throw new IllegalArgumentException("not an attention: batch " + batch + ", length " + length + ", heads " + heads
                    + ", kv heads " + kvHeads + ", head size " + headSize + ", window " + window);
        }
    }

    public float scale() {
        return (float) (1 / Math.sqrt(headSize));
    }

    /// The first key that the query at `position` sees.
    public int firstKey(int position) {
        return Math.max(0, position - window);
    }
}
