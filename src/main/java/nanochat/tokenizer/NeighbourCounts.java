package nanochat.tokenizer;

/// The tokens met on one side of the pair that is being merged, with how often: in distinct places, and with the multiplicity of their
/// pieces. An array indexed by token, because this is counted at every single place.
final class NeighbourCounts {
    private final long[] counts;
    private final int[] places;
    /// The distinct tokens met, in the order of meeting.
    private final int[] tokens;
    private int size;

    NeighbourCounts(int vocabularySize) {
        counts = new long[vocabularySize];
        places = new int[vocabularySize];
        tokens = new int[vocabularySize];
    }

    void add(int token, long count) {
        if (places[token]++ == 0) {
            tokens[size++] = token;
        }
        counts[token] += count;
    }

    int size() {
        return size;
    }

    int token(int index) {
        return tokens[index];
    }

    long count(int token) {
        return counts[token];
    }

    int places(int token) {
        return places[token];
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            counts[tokens[i]] = 0;
            places[tokens[i]] = 0;
        }
        size = 0;
    }
}
