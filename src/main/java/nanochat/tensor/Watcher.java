package nanochat.tensor;

/// Is shown the values of a forward pass at its named places, see [Tape#watch]. They are there only until `see` returns: operations that
/// follow change them in place, and their memory is lent to others. [Backend#read] waits for them and copies them.
public interface Watcher {
    /// Asks for nothing.
    Watcher NOBODY = (_, _) -> {};

    /// @param place where in the forward pass
    /// @param values an F32 or BF16 tensor
    void see(String place, Tensor values);
}
