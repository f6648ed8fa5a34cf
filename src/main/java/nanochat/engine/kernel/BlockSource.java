package nanochat.engine.kernel;

/// Several weight matrices of equally many inputs, seen as one with their outputs one after the other.
public final class BlockSource {
    private final SourceTensor[] parts;
    private final int outputs;

    public BlockSource(SourceTensor... parts) {
        this.parts = parts;
        int rows = 0;
        for (SourceTensor part : parts) {
            rows += part.rows();
        }
        this.outputs = rows;
    }

    public int outputs() {
        return outputs;
    }

    public int inputs() {
        return parts[0].columns();
    }

    /// Copies the weights of output `output` into `target`.
    void copyOutput(int output, float[] target) {
        int row = output;
        for (SourceTensor part : parts) {
            if (row < part.rows()) {
                part.copyRow(row, target);
                return;
            }
            row -= part.rows();
        }
        throw new IndexOutOfBoundsException("output " + output + " of " + outputs);
    }
}
