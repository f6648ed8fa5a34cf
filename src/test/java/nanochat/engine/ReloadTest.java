package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Weights taken anew in place, against an engine made from them.
class ReloadTest {
    private static final GptConfig MODEL = new GptConfig(128, 90, 2, 2, 1, 32, "SL", GptConfig.Generation.G2026_07);
    private static final GptConfig OLDER = new GptConfig(128, 90, 2, 2, 2, 32, "L", GptConfig.Generation.G2025_11);

    private static Engine engine(GptConfig config, TensorSource weights, WeightFormat format) {
        return Engine.make(config, weights, Optional.empty(), EngineOptions.of(format, 2));
    }

    private static int[] prompt(long seed, int length) {
        return new Random(seed).ints(length, 0, MODEL.vocabularySize()).toArray();
    }

    private static List<Sample> answer(Engine engine) {
        return engine.generate(prompt(1, 50), 2, new Generation(30, Sampling.atTemperature(1), 5, Set.of()), ColumnListener.NONE);
    }

    @ParameterizedTest
    @EnumSource
    void tokensAreThoseOfAnEngineMadeFromTheNewWeightsInTheMemoryOfTheOldOnes(WeightFormat format) {
        for (GptConfig config : List.of(MODEL, OLDER)) {
            try (Engine reloaded = engine(config, new RandomTensors(config, 1), format);
                    Engine made = engine(config, new RandomTensors(config, 2), format)) {
                List<Sample> before = answer(reloaded);
                long bytes = reloaded.bytes();
                reloaded.reload(new RandomTensors(config, 2));
                assertThat(answer(reloaded)).usingRecursiveComparison().isEqualTo(answer(made));
                assertThat(reloaded.bytes()).isEqualTo(bytes);
                reloaded.reload(new RandomTensors(config, 1));
                assertThat(answer(reloaded)).usingRecursiveComparison().isEqualTo(before);
                assertThat(reloaded.bytes()).isEqualTo(bytes);
            }
        }
    }

    @Test
    void contextsAreReadAgainByTheNewWeights() {
        try (Engine reloaded = engine(MODEL, new RandomTensors(MODEL, 1), WeightFormat.F32);
                Engine made = engine(MODEL, new RandomTensors(MODEL, 2), WeightFormat.F32)) {
            Generation request = Generation.greedy(20, Set.of());
            Sequence context = reloaded.newContext();
            reloaded.generate(context, prompt(3, 60), 1, request, ColumnListener.NONE);
            reloaded.reload(new RandomTensors(MODEL, 2));
            assertThat(context.length()).isZero();
            assertThat(reloaded.generate(context, prompt(3, 60), 1, request, ColumnListener.NONE)).usingRecursiveComparison()
                    .isEqualTo(made.generate(prompt(3, 60), 1, request, ColumnListener.NONE));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theEngineOfAModelInTrainingFollowsItsWeights(WeightFormat format) {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            GptParameters parameters = new GptParameters(MODEL, backend, DType.F32, false);
            fill(parameters, 1);
            try (Engine following = Engine.of(parameters, Optional.empty(), EngineOptions.of(format, 2))) {
                List<Sample> before = answer(following);
                fill(parameters, 2);
                assertThat(answer(following)).as("until it reloads").usingRecursiveComparison().isEqualTo(before);
                following.reload(TensorSource.of(parameters));
                try (Engine made = Engine.of(parameters, Optional.empty(), EngineOptions.of(format, 1))) {
                    assertThat(answer(following)).usingRecursiveComparison().isEqualTo(answer(made)).isNotEqualTo(before);
                }
            }
        }
    }

    private static void fill(GptParameters parameters, long seed) {
        RandomValues random = new RandomValues(seed);
        parameters.all().forEach(parameter -> parameters.backend().write(parameter.value(),
                random.normal(parameter.value().size(), 0.5)));
    }

    @Test
    void whileSamplesAreUnderWayNothingIsReloaded() {
        try (Engine engine = engine(MODEL, new RandomTensors(MODEL, 1), WeightFormat.F32)) {
            List<Sample> before = answer(engine);
            try (ContinuousBatch batch = engine.newBatch(2)) {
                batch.submit(prompt(1, 5), 1, Generation.greedy(9, Set.of()), ColumnListener.NONE);
                batch.step();
                assertThatThrownBy(() -> engine.reload(new RandomTensors(MODEL, 2))).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("under way");
            }
            assertThat(answer(engine)).usingRecursiveComparison().isEqualTo(before);
        }
    }

    @Test
    void weightsOfAnotherModelAreRefused() {
        try (Engine engine = engine(MODEL, new RandomTensors(MODEL, 1), WeightFormat.F32)) {
            GptConfig wider = new GptConfig(128, 90, 2, 2, 1, 64, "SL", GptConfig.Generation.G2026_07);
            assertThatThrownBy(() -> engine.reload(new RandomTensors(wider, 1))).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("transformer.wte.weight");
        }
    }
}
