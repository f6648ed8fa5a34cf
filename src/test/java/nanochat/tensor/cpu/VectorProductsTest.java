package nanochat.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;
import nanochat.tensor.Bfloat16;
import nanochat.tensor.RandomValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Oracle: three nested loops in double precision; for packed operands the same product with the operand as it was.
class VectorProductsTest {
    private static final int[] SIZES = {1, 2, 5, 6, 7, 16, 31, 33, 64, 100, 129, 193, 259, 300, 400};

    private final Scratch[] scratch = {new Scratch()};
    private final Products products = new VectorProducts(scratch);

    static LongStream seeds() {
        return RandomValues.seeds(60);
    }

    /// Every stride, type, and edge: the memory between and around the elements of c must stay as it was.
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theProductIsThatOfThreeNestedLoops(long seed) {
        RandomValues random = new RandomValues(seed);
        int m = random.pick(SIZES);
        int n = random.pick(SIZES);
        int k = random.pick(SIZES);
        int[] aStrides = strides(random, m, k);
        int[] bStrides = strides(random, k, n);
        ProductShape shape = new ProductShape(m, n, k, aStrides[0], aStrides[1], bStrides[0], bStrides[1],
                n + random.pick(0, 1, 16), random.pick(0, 1) == 1, random.pick(0, 1) == 1, random.pick(0, 1) == 1);
        int offset = random.pick(0, 1, 13);
        try (Arena arena = Arena.ofConfined()) {
            Values a = new Values(arena, random, offset + shape.aElements(), shape.bf16Inputs());
            Values b = new Values(arena, random, offset + shape.bElements(), shape.bf16Inputs());
            Values c = new Values(arena, random, offset + shape.cElements() + 3, shape.bf16Output());
            float[] before = c.read();
            products.run(0, shape, a.memory, offset, b.memory, offset, c.memory, offset);
            float[] after = c.read();
            float[] expected = before.clone();
            for (int row = 0; row < m; row++) {
                for (int column = 0; column < n; column++) {
                    int index = offset + row * shape.cRowStride() + column;
                    double sum = shape.accumulate() ? before[index] : 0;
                    for (int i = 0; i < k; i++) {
                        sum += (double) a.get(offset + (long) row * aStrides[0] + (long) i * aStrides[1])
                                * b.get(offset + (long) i * bStrides[0] + (long) column * bStrides[1]);
                    }
                    double tolerance = 1e-5 * Math.sqrt(k) + (shape.bf16Output() ? Math.abs(sum) / 200 : 0);
                    assertThat((double) after[index]).as("%s, row %d, column %d", shape, row, column).isCloseTo(sum, within(tolerance));
                    expected[index] = after[index];
                }
            }
            assertThat(after).as("%s: memory between the rows of c", shape).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aProductWithAPackedOperandIsTheProductWithTheOperand(long seed) {
        packedOperandGivesTheSameProduct(new RandomValues(seed), products, 0);
    }

    /// Packs the operand in two parts where it is wide enough.
    ///
    /// @param tolerance of a packed product, whose sums may be taken in another order, times sqrt(k)
    static void packedOperandGivesTheSameProduct(RandomValues random, Products products, double tolerance) {
        int m = random.pick(SIZES);
        int n = random.pick(SIZES);
        int k = random.pick(SIZES);
        boolean bf16 = random.pick(0, 1) == 1;
        int[] bStrides = strides(random, k, n);
        ProductShape shape = new ProductShape(m, n, k, k, 1, bStrides[0], bStrides[1], n, bf16, false, random.pick(0, 1) == 1);
        ProductShape packedShape = ProductShape.ofPacked(m, n, k, k, 1, n, bf16, false, shape.accumulate());
        try (Arena arena = Arena.ofConfined()) {
            Values a = new Values(arena, random, shape.aElements(), bf16);
            Values b = new Values(arena, random, 3 + shape.bElements(), bf16);
            Values c = new Values(arena, random, shape.cElements(), false);
            Values packedC = new Values(arena, random, shape.cElements(), false);
            packedC.memory.copyFrom(c.memory);
            long elements = products.packedElements(k, n, bf16);
            MemorySegment packed = arena.allocate((5 + elements) * (bf16 ? 2 : 4), 64);
            int cut = n > Products.PANEL_COLUMNS ? Products.PANEL_COLUMNS : n;
            RightOperand operand = new RightOperand(k, n, bStrides[0], bStrides[1], bf16);
            products.pack(0, operand.columns(cut), b.memory, 3, packed, 5);
            if (cut < n) {
                products.pack(0, operand.columns(n - cut), b.memory, 3 + (long) cut * bStrides[1], packed,
                        5 + products.packedElements(k, cut, bf16));
            }
            products.run(0, shape, a.memory, 0, b.memory, 3, c.memory, 0);
            products.run(0, packedShape, a.memory, 0, packed, 5, packedC.memory, 0);
            assertThat(packedC.read()).as("%s", shape).containsExactly(c.read(), within((float) (tolerance * Math.sqrt(k))));
        }
    }

    /// Of a matrix whose rows, or columns, or neither, are neighbours.
    private static int[] strides(RandomValues random, int rows, int columns) {
        int gap = random.pick(0, 1, 5);
        return switch (random.between(0, 4)) {
            case 0, 1 -> new int[]{columns + gap, 1};
            case 2, 3 -> new int[]{1, rows + gap};
            default -> new int[]{2 * columns + gap, 2};
        };
    }

    @Test
    void anOperandBeyondTheEndOfItsTensorIsAnError() {
        ProductShape shape = new ProductShape(2, 2, 2, 2, 1, 2, 1, 2, false, false, false);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment large = arena.allocate(20, 4);
            MemorySegment small = arena.allocate(16, 4);
            assertThatThrownBy(() -> products.run(0, shape, small, 1, large, 0, large, 0)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> products.run(0, shape, large, 0, small, 1, large, 0)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> products.run(0, shape, large, 0, large, 0, small, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /// Random f32 or bf16 numbers in native memory.
    private static final class Values {
        private final MemorySegment memory;
        private final boolean bf16;
        private final int count;

        Values(Arena arena, RandomValues random, long count, boolean bf16) {
            this.bf16 = bf16;
            this.count = Math.toIntExact(count);
            memory = arena.allocate(count * (bf16 ? 2 : 4), 4);
            float[] values = random.normal(count, 1);
            for (int i = 0; i < values.length; i++) {
                if (bf16) {
                    RowMath.putBf16(memory, i, Bfloat16.round(values[i]));
                } else {
                    RowMath.put(memory, i, values[i]);
                }
            }
        }

        float get(long index) {
            return bf16 ? RowMath.getBf16(memory, index) : RowMath.get(memory, index);
        }

        float[] read() {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = get(i);
            }
            return values;
        }
    }
}
