package nanochat.tensor;

/// One matrix that Muon updates, with its state: all f32; `momentum` has the matrix's shape, `secondMoment` as many elements as the
/// matrix has rows if rows >= columns, else as it has columns.
public record MuonMatrix(Tensor parameter, Tensor gradient, Tensor momentum, Tensor secondMoment) {
    /// The size of the second moment of a `rows` x `columns` matrix.
    public static int secondMomentSize(int rows, int columns) {
        return rows >= columns ? rows : columns;
    }
}
