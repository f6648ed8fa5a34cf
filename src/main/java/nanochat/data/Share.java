package nanochat.data;

/// Which part of a source one of several training processes reads: no document is read by two ranks.
///
/// @param rank this process, counted from 0
/// @param ranks how many there are
public record Share(int rank, int ranks) {
    /// Everything, for training in a single process.
    public static final Share WHOLE = new Share(0, 1);

    public Share {
        if (rank < 0 || rank >= ranks) {
            throw new IllegalArgumentException("rank " + rank + " of " + ranks);
        }
    }

    /// Whether this rank reads what is `number`-th in turn.
    boolean owns(long number) {
        return number % ranks == rank;
    }
}
