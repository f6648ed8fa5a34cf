package nanochat.engine;

import java.util.Arrays;
import java.util.Set;
import nanochat.engine.kernel.MatrixProduct;
import nanochat.engine.kernel.NativeProduct;
import nanochat.engine.kernel.Workers;
import nanochat.model.GptConfig;

/// A program that generates a few tokens with random bf16 weights and prints them, after the class that computes its products.
final class BareEngine {
    private static final GptConfig MODEL = new GptConfig(256, 150, 2, 2, 2, 64, "SL", GptConfig.Generation.G2026_07);

    private BareEngine() {
    }

    public static void main(String[] arguments) {
        System.out.println(generate());
    }

    static String generate() {
        try (Workers workers = new Workers(2)) {
            MatrixProduct product = NativeProduct.orVector(workers);
            InferenceGpt gpt = new InferenceGpt(RandomTensors.weights(MODEL, 1, WeightFormat.BF16), workers, 100, product);
            int[] prompt = new int[50];
            Arrays.setAll(prompt, i -> 3 * i);
            try (Engine engine = TestEngines.of(gpt)) {
                int[] tokens = engine.generate(prompt, 1, Generation.greedy(5, Set.of()), ColumnListener.NONE).getFirst().tokens();
                return product.description() + " " + Arrays.toString(tokens);
            }
        }
    }
}
