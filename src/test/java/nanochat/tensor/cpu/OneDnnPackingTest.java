package nanochat.tensor.cpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.stream.LongStream;
import nanochat.tensor.RandomValues;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Oracle: the same product with the operand as it was, before it was packed.
class OneDnnPackingTest {
    static LongStream seeds() {
        return RandomValues.seeds(60);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aProductWithAPackedOperandIsTheProductWithTheOperand(long seed) {
        try (Scratch scratch = new Scratch()) {
            VectorProductsTest.packedOperandGivesTheSameProduct(new RandomValues(seed), oneDnn(scratch), 3e-6);
        }
    }

    private static Products oneDnn(Scratch scratch) {
        try {
            return new OneDnnProducts(new Scratch[]{scratch});
        } catch (OneDnn.NativeException unavailable) {
            assumeTrue(false, unavailable.getMessage());
            throw unavailable;
        }
    }
}
