package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import nanochat.tensor.Backend;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Operations along the residual stream, row by row: norm, smear, the lambdas' mixes, squared relu. Gradients of scalars are summed
/// per chunk and then over the chunks in their order, so that they do not depend on who worked on what.
final class StreamKernels {
    private static final int CHUNK_ROWS = 64;
    private static final int PIECE_A = Team.KERNEL_SCRATCH;
    private static final int PIECE_B = Team.KERNEL_SCRATCH + 1;
    private static final int PIECE_C = Team.KERNEL_SCRATCH + 2;
    /// Sums kept by a chunk: one for each channel of the smear gate and one for its lambda.
    private static final int SUMS = Backend.SMEAR_CHANNELS + 1;

    private final Team team;
    private double[] chunkSums = new double[0];

    StreamKernels(Team team) {
        this.team = team;
    }

    void convert(Tensor to, Tensor from) {
        team.rows(from.rows(), CHUNK_ROWS, (first, last, worker) -> copyRows(worker, to, first, from, first, last - first));
    }

    void copyRows(Tensor to, int toFirst, Tensor from, int fromFirst, int rows, int batch) {
        team.run(batch, (part, worker) -> copyRows(worker, to, part * (to.rows() / batch) + toFirst, from,
                part * (from.rows() / batch) + fromFirst, rows));
    }

    private void copyRows(int worker, Tensor to, int toFirst, Tensor from, int fromFirst, int rows) {
        FloatRow source = new FloatRow(from, team.scratch(worker), PIECE_A);
        FloatRow target = new FloatRow(to, team.scratch(worker), PIECE_B);
        for (int row = 0; row < rows; row++) {
            source.read(fromFirst + row);
            target.target(toFirst + row);
            RowMath.scale(target.segment(), target.index(), source.segment(), source.index(), 1f, from.columns());
            target.write();
        }
    }

    void norm(Tensor out, Tensor inverseRms, Tensor x) {
        int columns = x.columns();
        MemorySegment inverse = HostMemory.of(inverseRms);
        team.rows(x.rows(), CHUNK_ROWS, (first, last, worker) -> {
            FloatRow source = new FloatRow(x, team.scratch(worker), PIECE_A);
            FloatRow target = new FloatRow(out, team.scratch(worker), PIECE_B);
            for (int row = first; row < last; row++) {
                source.read(row);
                float squares = RowMath.dot(source.segment(), source.index(), source.segment(), source.index(), columns);
                float factor = (float) (1 / Math.sqrt(squares / columns + Backend.NORM_EPSILON));
                RowMath.put(inverse, row, factor);
                target.target(row);
                RowMath.scale(target.segment(), target.index(), source.segment(), source.index(), factor, columns);
                target.write();
            }
        });
    }

    void normBackward(Tensor xGradient, Tensor outGradient, Tensor out, Tensor inverseRms, boolean accumulate) {
        int columns = out.columns();
        MemorySegment inverse = HostMemory.of(inverseRms);
        MemorySegment to = HostMemory.of(xGradient);
        team.rows(out.rows(), CHUNK_ROWS, (first, last, worker) -> {
            FloatRow gradient = new FloatRow(outGradient, team.scratch(worker), PIECE_A);
            FloatRow normed = new FloatRow(out, team.scratch(worker), PIECE_B);
            for (int row = first; row < last; row++) {
                gradient.read(row);
                normed.read(row);
                float factor = RowMath.get(inverse, row);
                float mean = RowMath.dot(gradient.segment(), gradient.index(), normed.segment(), normed.index(), columns) / columns;
                long index = (long) row * columns;
                if (accumulate) {
                    RowMath.addScaled(to, index, gradient.segment(), gradient.index(), factor, columns);
                } else {
                    RowMath.scale(to, index, gradient.segment(), gradient.index(), factor, columns);
                }
                RowMath.addScaled(to, index, normed.segment(), normed.index(), -mean * factor, columns);
            }
        });
    }

    void smear(Tensor out, Tensor x, Tensor gate, Tensor lambda, int length) {
        int columns = x.columns();
        MemorySegment from = HostMemory.of(x);
        MemorySegment to = HostMemory.of(out);
        team.rows(x.rows(), CHUNK_ROWS, (first, last, worker) -> {
            for (int row = first; row < last; row++) {
                long index = (long) row * columns;
                float weight = row % length == 0 ? 0 : RowMath.get(HostMemory.of(lambda), 0) * smearGate(from, index, gate);
                if (weight == 0) {
                    RowMath.scale(to, index, from, index, 1f, columns);
                } else {
                    RowMath.mix(to, index, from, index, 1f, from, index - columns, weight, columns);
                }
            }
        });
    }

    void smearBackward(Optional<Tensor> xGradient, Optional<Tensor> gateGradient, Optional<Tensor> lambdaGradient, Tensor outGradient,
            Tensor x, Tensor gate, Tensor lambda, int length) {
        int columns = x.columns();
        int rows = x.rows();
        MemorySegment from = HostMemory.of(x);
        MemorySegment gradient = HostMemory.of(outGradient);
        boolean toX = xGradient.isPresent();
        MemorySegment to = segment(xGradient);
        float strength = RowMath.get(HostMemory.of(lambda), 0);
        double[] sums = sums(Team.chunks(rows, CHUNK_ROWS) * SUMS);
        team.rows(rows, CHUNK_ROWS, (first, last, worker) -> {
            int mySums = first / CHUNK_ROWS * SUMS;
            for (int row = first; row < last; row++) {
                long index = (long) row * columns;
                if (toX) {
                    boolean smearsIntoNext = (row + 1) % length != 0;
                    float next = smearsIntoNext ? strength * smearGate(from, index + columns, gate) : 0;
                    if (next == 0) {
                        RowMath.scale(to, index, gradient, index, 1f, columns);
                    } else {
                        RowMath.mix(to, index, gradient, index, 1f, gradient, index + columns, next, columns);
                    }
                }
                if (row % length != 0) {
                    float sigmoid = smearGate(from, index, gate);
                    float product = RowMath.dot(gradient, index, from, index - columns, columns);
                    float gateSlope = strength * product * sigmoid * (1 - sigmoid);
                    sums[mySums + Backend.SMEAR_CHANNELS] += sigmoid * product;
                    for (int channel = 0; channel < Backend.SMEAR_CHANNELS; channel++) {
                        sums[mySums + channel] += gateSlope * RowMath.get(from, index + channel);
                        if (toX) {
                            RowMath.put(to, index + channel,
                                    RowMath.get(to, index + channel) + gateSlope * RowMath.get(HostMemory.of(gate), channel));
                        }
                    }
                }
            }
        });
        for (int channel = 0; channel < Backend.SMEAR_CHANNELS && gateGradient.isPresent(); channel++) {
            addTotal(gateGradient.get(), channel, sums, rows, channel, SUMS);
        }
        if (lambdaGradient.isPresent()) {
            addTotal(lambdaGradient.get(), 0, sums, rows, Backend.SMEAR_CHANNELS, SUMS);
        }
    }

    /// What is not there is never written to.
    private static MemorySegment segment(Optional<Tensor> tensor) {
        return tensor.isPresent() ? HostMemory.of(tensor.get()) : MemorySegment.NULL;
    }

    private static boolean same(Optional<Tensor> a, Optional<Tensor> b) {
        return a.isPresent() && b.isPresent() && a.get() == b.get();
    }

    private static float smearGate(MemorySegment x, long index, Tensor gate) {
        return sigmoid(RowMath.dot(x, index, HostMemory.of(gate), 0, Backend.SMEAR_CHANNELS));
    }

    static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    void mix(Tensor out, Tensor x, Tensor x0, float factor, float factor0) {
        int columns = x.columns();
        team.rows(x.rows(), CHUNK_ROWS, (first, last, worker) -> {
            long index = (long) first * columns;
            RowMath.mix(HostMemory.of(out), index, HostMemory.of(x), index, factor, HostMemory.of(x0), index, factor0,
                    (last - first) * columns);
        });
    }

    /// Adds sum(outGradient * x) to sumX[element], likewise for x0, and the scaled gradient to both inputs' gradients.
    void mixBackward(Optional<Tensor> xGradient, boolean accumulateX, Optional<Tensor> x0Gradient, boolean accumulateX0,
            Optional<Tensor> sumX, Optional<Tensor> sumX0, Tensor outGradient, Tensor x, Tensor x0, float factor, float factor0,
            int element) {
        int columns = x.columns();
        int rows = x.rows();
        boolean oneInput = same(xGradient, x0Gradient);
        boolean toX = xGradient.isPresent();
        boolean toX0 = x0Gradient.isPresent() && !oneInput;
        boolean sumsX = sumX.isPresent();
        boolean sumsX0 = sumX0.isPresent();
        double[] sums = sums(Team.chunks(rows, CHUNK_ROWS) * 2);
        MemorySegment gradient = HostMemory.of(outGradient);
        MemorySegment to = segment(xGradient);
        MemorySegment to0 = segment(x0Gradient);
        team.rows(rows, CHUNK_ROWS, (first, last, worker) -> {
            int mySums = first / CHUNK_ROWS * 2;
            for (int row = first; row < last; row++) {
                long index = (long) row * columns;
                if (sumsX) {
                    sums[mySums] += RowMath.dot(gradient, index, HostMemory.of(x), index, columns);
                }
                if (sumsX0) {
                    sums[mySums + 1] += RowMath.dot(gradient, index, HostMemory.of(x0), index, columns);
                }
                if (toX) {
                    addOrSet(to, index, gradient, oneInput ? factor + factor0 : factor, columns, accumulateX);
                }
                if (toX0) {
                    addOrSet(to0, index, gradient, factor0, columns, accumulateX0);
                }
            }
        });
        sumX.ifPresent(total -> addTotal(total, element, sums, rows, 0, 2));
        sumX0.ifPresent(total -> addTotal(total, element, sums, rows, 1, 2));
    }

    /// Replaces xGradient and otherGradient, adds -sum(outGradient * other) to lambdaGradient.
    void subtractScaledBackward(Optional<Tensor> xGradient, Optional<Tensor> otherGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor other, float lambda) {
        int columns = other.columns();
        int rows = other.rows();
        boolean oneInput = same(xGradient, otherGradient);
        boolean toX = xGradient.isPresent();
        boolean toOther = otherGradient.isPresent() && !oneInput;
        boolean summed = lambdaGradient.isPresent();
        double[] sums = sums(Team.chunks(rows, CHUNK_ROWS));
        MemorySegment gradient = HostMemory.of(outGradient);
        MemorySegment to = segment(xGradient);
        MemorySegment toTheOther = segment(otherGradient);
        team.rows(rows, CHUNK_ROWS, (first, last, worker) -> {
            for (int row = first; row < last; row++) {
                long index = (long) row * columns;
                if (summed) {
                    sums[first / CHUNK_ROWS] -= RowMath.dot(gradient, index, HostMemory.of(other), index, columns);
                }
                if (toOther) {
                    RowMath.scale(toTheOther, index, gradient, index, -lambda, columns);
                }
                if (toX) {
                    RowMath.scale(to, index, gradient, index, oneInput ? 1 - lambda : 1f, columns);
                }
            }
        });
        lambdaGradient.ifPresent(total -> addTotal(total, 0, sums, rows, 0, 1));
    }

    void reluSquared(Tensor out, Tensor x) {
        team.rows(x.rows(), CHUNK_ROWS, (first, last, worker) -> {
            FloatRow source = new FloatRow(x, team.scratch(worker), PIECE_A);
            FloatRow target = new FloatRow(out, team.scratch(worker), PIECE_B);
            for (int row = first; row < last; row++) {
                source.read(row);
                target.target(row);
                RowMath.reluSquared(target.segment(), target.index(), source.segment(), source.index(), x.columns());
                target.write();
            }
        });
    }

    void reluSquaredBackward(Tensor xGradient, Tensor outGradient, Tensor x) {
        int columns = x.columns();
        team.rows(x.rows(), CHUNK_ROWS, (first, last, worker) -> {
            FloatRow source = new FloatRow(x, team.scratch(worker), PIECE_A);
            FloatRow gradient = new FloatRow(outGradient, team.scratch(worker), PIECE_B);
            FloatRow target = new FloatRow(xGradient, team.scratch(worker), PIECE_C);
            for (int row = first; row < last; row++) {
                source.read(row);
                gradient.read(row);
                target.target(row);
                if (!target.segment().equals(gradient.segment())) {
                    RowMath.scale(target.segment(), target.index(), gradient.segment(), gradient.index(), 1f, columns);
                }
                RowMath.reluSquaredBackward(target.segment(), target.index(), source.segment(), source.index(), columns);
                target.write();
            }
        });
    }

    private static void addOrSet(MemorySegment to, long index, MemorySegment from, float factor, int columns, boolean add) {
        if (add) {
            RowMath.addScaled(to, index, from, index, factor, columns);
        } else {
            RowMath.scale(to, index, from, index, factor, columns);
        }
    }

    private double[] sums(int count) {
        if (chunkSums.length < count) {
            chunkSums = new double[count];
        } else {
            java.util.Arrays.fill(chunkSums, 0, count, 0);
        }
        return chunkSums;
    }

    private static void addTotal(Tensor to, int element, double[] sums, int rows, int offset, int stride) {
        double total = 0;
        for (int chunk = 0; chunk < Team.chunks(rows, CHUNK_ROWS); chunk++) {
            total += sums[chunk * stride + offset];
        }
        RowMath.put(HostMemory.of(to), element, (float) (RowMath.get(HostMemory.of(to), element) + total));
    }
}
