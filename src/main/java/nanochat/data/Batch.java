package nanochat.data;

/// One micro-batch on the host: `rows` x `length` token ids and, at the same places, the ids to predict (-1 where nothing is).
/// Both arrays are row-major and belong to the batch.
public record Batch(int rows, int length, int[] inputs, int[] targets) {
    /// A target that no loss is taken of.
    public static final int IGNORED = -1;

    public Batch {
        if (rows < 1 || length < 1 || inputs.length != rows * length || targets.length != rows * length) {
            throw new IllegalArgumentException("a batch of " + rows + " x " + length + " needs as many inputs and targets, got "
                    + inputs.length + " and " + targets.length);
        }
    }

    /// The number of targets that count.
    public int validTargets() {
        int count = 0;
        for (int target : targets) {
            if (target != IGNORED) {
                count++;
            }
        }
        return count;
    }
}
