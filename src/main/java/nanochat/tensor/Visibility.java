package nanochat.tensor;

import java.util.List;

/// Which keys a query sees: for every query one contiguous range of the keys of its own row. The ends of that range never move back from
/// one query to the next, so that what a block of queries sees together is contiguous, too, and nothing outside of it is computed.
/// docs/formulas.md#attention has the ranges.
public sealed interface Visibility {
    /// The query at t sees the keys max(0, t-window)..t.
    record Causal(int window) implements Visibility {
        public Causal {
            atLeastZero("window", window);
        }
    }

    /// Every query sees all keys of its row, those after it too.
    record BothDirections() implements Visibility {}

    /// In row r all see the first `lengths[r]` keys; what comes after is causal: the query at t sees the keys below max(t+1, lengths[r]).
    record Prefix(List<Integer> lengths) implements Visibility {
        public Prefix {
            lengths = List.copyOf(lengths);
            lengths.forEach(length -> atLeastZero("prefix", length));
        }
    }

    /// The keys of a row begin with those of `size` earlier tokens, its memory; its own follow. The query at t stands at the key size+t
    /// and sees those from max(0, size+t-window) up to that one.
    ///
    /// @param learned whether the keys and values of the memory get gradients
    record AfterMemory(int size, boolean learned, int window) implements Visibility {
        public AfterMemory {
            atLeastZero("memory", size);
            atLeastZero("window", window);
        }
    }

    /// Rows are cut into blocks of `size` tokens: the query at t sees the keys before the end of its own block.
    record Blocks(int size) implements Visibility {
        public Blocks {
            if (size < 1) {
                throw new IllegalArgumentException("not an attention: blocks of " + size);
            }
        }
    }

    /// The keys of a row begin with those of `size` earlier tokens, its memory; its own follow. Every query sees all of them.
    record WholeAfterMemory(int size) implements Visibility {
        public WholeAfterMemory {
            atLeastZero("memory", size);
        }
    }

    private static void atLeastZero(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException("not an attention: " + name + " " + value);
        }
    }
}
