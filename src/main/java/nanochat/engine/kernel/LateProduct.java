package nanochat.engine.kernel;

import java.util.Optional;
import nanochat.tensor.DType;

/// The products of the Vector API until there is one that the native library computes faster: loading that takes longer than a short answer.
final class LateProduct implements MatrixProduct {
    private final Workers workers;
    private final DType type;
    private final VectorProduct vector;
    private Optional<MatrixProduct> chosen = Optional.empty();

    /// @param type of the native products
    LateProduct(Workers workers, DType type) {
        this.workers = workers;
        this.type = type;
        this.vector = new VectorProduct(workers);
    }

    @Override
    public void multiply(Matrix weights, Rows x, Rows y, int rows) {
        MatrixProduct product = NativeProduct.helps(weights, rows, type) ? chosen() : vector;
        product.multiply(weights, x, y, rows);
    }

    private MatrixProduct chosen() {
        if (chosen.isEmpty()) {
            chosen = Optional.of(NativeProduct.orVector(workers, type));
        }
        return chosen.get();
    }

    @Override
    public String description() {
        return chosen().description();
    }

    @Override
    public void close() {
        chosen.ifPresent(MatrixProduct::close);
    }
}
