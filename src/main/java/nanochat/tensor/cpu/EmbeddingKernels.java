package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import nanochat.tensor.Backend;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Table look-ups by token id, and the sums that are their gradients. The rows of one id are summed in the order of their positions by
/// one worker, so the result does not depend on the number of threads.
final class EmbeddingKernels {
    private static final int CHUNK_ROWS = 64;
    /// Chunks that the distinct ids of a micro-batch are dealt into for the gradient.
    private static final int GRADIENT_CHUNKS = 32;
    private static final int PIECE_A = Team.KERNEL_SCRATCH;
    private static final int PIECE_B = Team.KERNEL_SCRATCH + 1;

    private final Team team;
    /// id << 32 | position, sorted: the positions of each id, in order.
    private long[] byId = new long[0];
    private double[] gateSums = new double[0];

    EmbeddingKernels(Team team) {
        this.team = team;
    }

    void lookUp(Tensor out, Tensor table, Tensor ids) {
        int columns = table.columns();
        MemorySegment tokens = HostMemory.of(ids);
        team.rows(out.rows(), CHUNK_ROWS, (first, last, worker) -> {
            for (int row = first; row < last; row++) {
                long from = (long) tokens.getAtIndex(JAVA_INT, row) * columns;
                RowMath.scale(HostMemory.of(out), (long) row * columns, HostMemory.of(table), from, 1f, columns);
            }
        });
    }

    void lookUpBackward(Tensor tableGradient, Tensor outGradient, Tensor ids) {
        int columns = tableGradient.columns();
        MemorySegment table = HostMemory.of(tableGradient);
        MemorySegment gradient = HostMemory.of(outGradient);
        forEachIdGroup(ids, (id, position, worker) -> RowMath.addScaled(table, (long) id * columns, gradient,
                (long) position * columns, 1f, columns));
    }

    /// values[n, head] += gateValues[n, head] * table[ids[n], head].
    void valueEmbedding(Tensor values, Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        int heads = gateValues.columns();
        int headSize = values.columns() / heads;
        MemorySegment gates = HostMemory.of(gateValues);
        MemorySegment tokens = HostMemory.of(ids);
        team.rows(values.rows(), CHUNK_ROWS, (first, last, worker) -> {
            FloatRow value = new FloatRow(values, team.scratch(worker), PIECE_A);
            FloatRow normed = new FloatRow(x, team.scratch(worker), PIECE_B);
            for (int row = first; row < last; row++) {
                value.read(row);
                normed.read(row);
                long entry = (long) tokens.getAtIndex(JAVA_INT, row) * values.columns();
                for (int head = 0; head < heads; head++) {
                    float score = RowMath.dot(normed.segment(), normed.index(), HostMemory.of(gate),
                            (long) head * Backend.VALUE_GATE_CHANNELS, Backend.VALUE_GATE_CHANNELS);
                    float weight = Backend.VALUE_GATE_SCALE * StreamKernels.sigmoid(score);
                    RowMath.put(gates, (long) row * heads + head, weight);
                    RowMath.addScaled(value.segment(), value.index() + (long) head * headSize, HostMemory.of(table),
                            entry + (long) head * headSize, weight, headSize);
                }
                value.write();
            }
        });
    }

    void valueEmbeddingBackward(Optional<Tensor> tableGradient, Optional<Tensor> gateGradient, Optional<Tensor> xGradient,
            Tensor valuesGradient, Tensor gateValues,
            Tensor x, Tensor gate, Tensor table, Tensor ids) {
        if (tableGradient.isPresent()) {
            tableBackward(tableGradient.get(), valuesGradient, gateValues, ids);
        }
        if (gateGradient.isPresent() || xGradient.isPresent()) {
            gateBackward(gateGradient, xGradient, valuesGradient, gateValues, x, gate, table, ids);
        }
    }

    private void tableBackward(Tensor tableGradient, Tensor valuesGradient, Tensor gateValues, Tensor ids) {
        int heads = gateValues.columns();
        int width = valuesGradient.columns();
        int headSize = width / heads;
        MemorySegment gates = HostMemory.of(gateValues);
        forEachIdGroup(ids, valuesGradient, (id, position, gradient) -> {
            for (int head = 0; head < heads; head++) {
                RowMath.addScaled(HostMemory.of(tableGradient), (long) id * width + (long) head * headSize, gradient.segment(),
                        gradient.index() + (long) head * headSize, RowMath.get(gates, (long) position * heads + head), headSize);
            }
        });
    }

    private void gateBackward(Optional<Tensor> gateGradient, Optional<Tensor> xGradient, Tensor valuesGradient, Tensor gateValues, Tensor x,
            Tensor gate,
            Tensor table, Tensor ids) {
        int heads = gateValues.columns();
        int width = valuesGradient.columns();
        int headSize = width / heads;
        int channels = Backend.VALUE_GATE_CHANNELS;
        int rows = valuesGradient.rows();
        int chunks = Team.chunks(rows, CHUNK_ROWS);
        int sumsOfChunk = heads * channels;
        double[] sums = zeroed(chunks * sumsOfChunk);
        MemorySegment gateWeights = HostMemory.of(gate);
        boolean toX = xGradient.isPresent();
        MemorySegment to = toX ? HostMemory.of(xGradient.get()) : MemorySegment.NULL;
        MemorySegment tokens = HostMemory.of(ids);
        team.rows(rows, CHUNK_ROWS, (first, last, worker) -> {
            FloatRow gradient = new FloatRow(valuesGradient, team.scratch(worker), PIECE_A);
            FloatRow normed = new FloatRow(x, team.scratch(worker), PIECE_B);
            int mySums = first / CHUNK_ROWS * sumsOfChunk;
            for (int row = first; row < last; row++) {
                gradient.read(row);
                normed.read(row);
                long entry = (long) tokens.getAtIndex(JAVA_INT, row) * width;
                long target = (long) row * x.columns();
                for (int head = 0; head < heads; head++) {
                    float weight = RowMath.get(HostMemory.of(gateValues), (long) row * heads + head);
                    float product = RowMath.dot(gradient.segment(), gradient.index() + (long) head * headSize, HostMemory.of(table),
                            entry + (long) head * headSize, headSize);
                    // weight = 3 s with s the sigmoid, whose slope is s (1 - s)
                    float slope = product * weight * (1 - weight / Backend.VALUE_GATE_SCALE);
                    for (int channel = 0; channel < channels; channel++) {
                        sums[mySums + head * channels + channel] += slope * RowMath.get(normed.segment(), normed.index() + channel);
                        if (toX) {
                            float share = slope * RowMath.get(gateWeights, (long) head * channels + channel);
                            RowMath.put(to, target + channel, RowMath.get(to, target + channel) + share);
                        }
                    }
                }
            }
        });
        gateGradient.ifPresent(gradient -> {
            for (int element = 0; element < sumsOfChunk; element++) {
                double total = RowMath.get(HostMemory.of(gradient), element);
                for (int chunk = 0; chunk < chunks; chunk++) {
                    total += sums[chunk * sumsOfChunk + element];
                }
                RowMath.put(HostMemory.of(gradient), element, (float) total);
            }
        });
    }

    @FunctionalInterface
    private interface Position {
        void add(int id, int position, int worker);
    }

    @FunctionalInterface
    private interface GradientRow {
        void add(int id, int position, FloatRow gradient);
    }

    private void forEachIdGroup(Tensor ids, Tensor gradients, GradientRow action) {
        int threads = team.threads();
        FloatRow[] rows = new FloatRow[threads];
        forEachIdGroup(ids, (id, position, worker) -> {
            FloatRow row = rows[worker];
            if (row == null) {
                row = new FloatRow(gradients, team.scratch(worker), PIECE_A);
                rows[worker] = row;
            }
            row.read(position);
            action.add(id, position, row);
        });
    }

    /// Calls `action` for every position; all positions of one id come in order, on one worker.
    private void forEachIdGroup(Tensor ids, Position action) {
        int count = Math.toIntExact(ids.size());
        if (byId.length < count) {
            byId = new long[count];
        }
        MemorySegment tokens = HostMemory.of(ids);
        for (int position = 0; position < count; position++) {
            byId[position] = (long) tokens.getAtIndex(JAVA_INT, position) << 32 | position;
        }
        Arrays.sort(byId, 0, count);
        long[] sorted = byId;
        team.run(GRADIENT_CHUNKS, (chunk, worker) -> {
            int begin = groupStart(sorted, count, (int) ((long) count * chunk / GRADIENT_CHUNKS));
            int end = groupStart(sorted, count, (int) ((long) count * (chunk + 1) / GRADIENT_CHUNKS));
            for (int i = begin; i < end; i++) {
                action.add((int) (sorted[i] >>> 32), (int) sorted[i], worker);
            }
        });
    }

    /// The first index >= i at which a new id begins.
    private static int groupStart(long[] sorted, int count, int i) {
        int start = i;
        while (start > 0 && start < count && sorted[start] >>> 32 == sorted[start - 1] >>> 32) {
            start++;
        }
        return start;
    }

    private double[] zeroed(int count) {
        if (gateSums.length < count) {
            gateSums = new double[count];
        } else {
            Arrays.fill(gateSums, 0, count, 0);
        }
        return gateSums;
    }
}
