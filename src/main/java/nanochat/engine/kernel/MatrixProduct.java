package nanochat.engine.kernel;

/// Who computes the products of many rows with a matrix: the Vector API ([VectorProduct]), or a native library where one is present.
/// For one caller at a time.
public interface MatrixProduct extends AutoCloseable {
    /// `y[r] = x[r] W^T` for the first `rows` rows. `x` has at least `weights.inputs()` columns, `y` at least `weights.outputs()`.
    void multiply(Matrix weights, Rows x, Rows y, int rows);

    /// By what products of many rows are computed, in a few words.
    String description();

    /// Returns scratch memory.
    @Override
    void close();
}
