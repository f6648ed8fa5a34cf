package nanochat.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.ParameterLayout;
import nanochat.model.Tuning;

/// An adapter's file, open for reading, beside the model that it belongs to.
///
/// @param tensors closed with this
record StoredAdapter(Tuning tuning, SafeTensors tensors) implements AutoCloseable {
    /// Opens the one of a step.
    ///
    /// @throws BadInputException when its file is missing, unsound or of a model of another shape
    static StoredAdapter open(CheckpointDirectory checkpoints, int step, Tuning tuning, GptConfig config) {
        SafeTensors tensors = checkpoints.openModel(step);
        try {
            for (ParameterLayout.Entry entry : tuning.layout(config)) {
                tensors.tensor(entry.name(), ElementType.F32, Arrays.stream(entry.shape()).mapToObj(Long::valueOf).toList());
            }
            return new StoredAdapter(tuning, tensors);
        } catch (RuntimeException unsound) {
            tensors.close();
            throw unsound;
        }
    }

    /// W + B A in f32, summed in the order of the rank, where the adapter has an update of the matrix W.
    Optional<StoredTensor> merged(StoredTensor matrix) {
        if (!tensors.contains(Tuning.nameOfA(matrix.name()))) {
            return Optional.empty();
        }
        float[] sum = matrix.toFloats();
        float[] a = tensors.tensor(Tuning.nameOfA(matrix.name())).toFloats();
        float[] b = tensors.tensor(Tuning.nameOfB(matrix.name())).toFloats();
        List<Long> shape = matrix.shape();
        int rows = Math.toIntExact(shape.get(0));
        int columns = Math.toIntExact(shape.get(1));
        int rank = b.length / rows;
        for (int row = 0; row < rows; row++) {
            for (int k = 0; k < rank; k++) {
                addRow(sum, row * columns, b[row * rank + k], a, k * columns, columns);
            }
        }
        return Optional.of(new StoredTensor(matrix.name(), ElementType.F32, shape, MemorySegment.ofArray(sum)));
    }

    private static void addRow(float[] sum, int at, float factor, float[] row, int from, int columns) {
        for (int i = 0; i < columns; i++) {
            sum[at + i] += factor * row[from + i];
        }
    }

    @Override
    public void close() {
        tensors.close();
    }
}
