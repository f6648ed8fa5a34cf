package nanochat.tensor;

/// What attention works on: `batch` rows of `queries` queries `[B*queries, heads*D]`, and of keys and values `[B*keys, kvHeads*D]`; which
/// keys a query sees says the [Visibility]. Scores are scaled by 1/sqrt(D); query head h reads kv head h / (heads / kvHeads).
public record AttentionShape(int batch, int queries, int heads, int kvHeads, int headSize, Visibility visibility) {
    public AttentionShape {
        if (batch < 1 || queries < 1 || heads < 1 || kvHeads < 1 || heads % kvHeads != 0 || headSize < 1) {
            throw new IllegalArgumentException("not an attention: batch " + batch + ", queries " + queries + ", heads " + heads
                    + ", kv heads " + kvHeads + ", head size " + headSize);
        }
        if (visibility instanceof Visibility.Prefix prefix
                && (prefix.lengths().size() != batch || prefix.lengths().stream().anyMatch(length -> length > queries))) {
            throw new IllegalArgumentException("not an attention: prefixes " + prefix.lengths() + " for a batch of " + batch + " rows of "
                    + queries + " queries");
        }
    }

    public float scale() {
        return (float) (1 / Math.sqrt(headSize));
    }

    /// Keys of a row.
    public int keys() {
        return memory() + queries;
    }

    /// Keys of a row that come before those of its own tokens.
    public int memory() {
        return switch (visibility) {
            case Visibility.AfterMemory memory -> memory.size();
            case Visibility.WholeAfterMemory memory -> memory.size();
            case Visibility.Causal _,Visibility.BothDirections _,Visibility.Prefix _,Visibility.Blocks _ -> 0;
        };
    }

    /// The first key of a row that gets a gradient; so do all after it. Gradients of keys and values are
    /// `[B*(keys - firstLearnedKey), kvHeads*D]`.
    public int firstLearnedKey() {
        return visibility instanceof Visibility.AfterMemory memory && !memory.learned() ? memory.size() : 0;
    }

    /// Keys of a row that get a gradient.
    public int learnedKeys() {
        return keys() - firstLearnedKey();
    }

    /// The first key that a query sees, counted from the beginning of its row like the query.
    public int firstKey(int query) {
        return switch (visibility) {
            case Visibility.Causal causal -> Math.max(0, query - causal.window());
            case Visibility.BothDirections _,Visibility.Prefix _,Visibility.Blocks _,Visibility.WholeAfterMemory _ -> 0;
            case Visibility.AfterMemory memory -> Math.max(0, memory.size() + query - memory.window());
        };
    }

    /// The key after the last one that a query of row `row` sees.
    public int endKey(int row, int query) {
        return switch (visibility) {
            case Visibility.Causal _ -> query + 1;
            case Visibility.BothDirections _ -> queries;
            case Visibility.Prefix prefix -> Math.max(query + 1, prefix.lengths().get(row));
            case Visibility.AfterMemory memory -> memory.size() + query + 1;
            case Visibility.Blocks(int size) -> Math.min(queries, (query / size + 1) * size);
            case Visibility.WholeAfterMemory _ -> keys();
        };
    }

    /// The first query of row `row` that sees a key.
    public int firstQuery(int row, int key) {
        return switch (visibility) {
            case Visibility.Causal _ -> key;
            case Visibility.BothDirections _,Visibility.WholeAfterMemory _ -> 0;
            case Visibility.Blocks(int size) -> key / size * size;
            case Visibility.Prefix prefix -> key < prefix.lengths().get(row) ? 0 : key;
            case Visibility.AfterMemory memory -> Math.max(0, key - memory.size());
        };
    }

    /// The query after the last one that sees a key; not above [#firstQuery] if none does.
    public int endQuery(int key) {
        return switch (visibility) {
            case Visibility.Causal causal -> Math.toIntExact(Math.min(queries, (long) key + causal.window() + 1));
            case Visibility.BothDirections _,Visibility.Prefix _,Visibility.Blocks _,Visibility.WholeAfterMemory _ -> queries;
            case Visibility.AfterMemory memory -> Math.toIntExact(Math.min(queries, (long) key - memory.size() + memory.window() + 1));
        };
    }
}
