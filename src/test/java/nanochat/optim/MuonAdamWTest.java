package nanochat.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nanochat.model.GptParameters;
import nanochat.model.ReferenceCase;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.Bfloat16;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Oracle: what the formulas of docs/formulas.md#optimizer come down to by hand for the first steps, on recorded weights and gradients of the
/// original, with the hyper-parameters of its recorded groups.
class MuonAdamWTest {
    private static final ScheduleValues CONSTANT = new ScheduleValues(1, 0.85, 1);
    private static final ScheduleValues WITHOUT_DECAY = new ScheduleValues(1, 0.85, 0);

    private final ReferenceCase reference = ReferenceCase.odd();
    private final Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32);

    @AfterEach
    void close() {
        backend.close();
    }

    /// A model with the recorded weights, and its optimizer.
    private final class Run {
        final GptParameters parameters = new GptParameters(reference.config(), backend, DType.BF16, true);
        final MuonAdamW optimizer = new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT));

        Run() {
            for (Parameter parameter : parameters.all()) {
                backend.write(parameter.value(), reference.floats("param." + parameter.name()));
            }
            parameters.refresh();
        }

        /// A step on the recorded gradients.
        void step(ScheduleValues schedule) {
            for (Parameter parameter : parameters.all()) {
                backend.write(parameter.gradient(), reference.floats("grad." + parameter.name()));
            }
            optimizer.step(schedule);
        }

        float[] value(String name) {
            return backend.read(parameters.named(name).value());
        }

        Map<String, List<Float>> values() {
            Map<String, List<Float>> values = new LinkedHashMap<>();
            for (Parameter parameter : parameters.all()) {
                List<Float> elements = new ArrayList<>();
                for (float element : backend.read(parameter.value())) {
                    elements.add(element);
                }
                values.put(parameter.name(), elements);
            }
            return values;
        }
    }

    private List<JsonNode> recordedGroups(String kind) {
        return reference.json().get("param_groups").valueStream().filter(group -> group.get("kind").asString().equals(kind)).toList();
    }

    /// While the gradient stays the same, both corrected moments are it and its square, so every step decays and then moves by the
    /// learning rate against the gradient's sign.
    @Test
    void adamWMovesByTheLearningRateAgainstAConstantGradient() {
        Run run = new Run();
        run.step(CONSTANT);
        run.step(CONSTANT);
        for (JsonNode group : recordedGroups("adamw")) {
            double lr = group.get("lr").asDouble();
            double decay = 1 - lr * group.get("weight_decay").asDouble();
            for (JsonNode name : group.get("params")) {
                float[] before = reference.floats("param." + name.asString());
                float[] gradient = reference.floats("grad." + name.asString());
                float[] after = run.value(name.asString());
                for (int i = 0; i < after.length; i++) {
                    double move = lr * gradient[i] / (Math.abs((double) gradient[i]) + 1e-10);
                    double expected = (before[i] * decay - move) * decay - move;
                    assertThat((double) after[i]).as("%s[%d]", name.asString(), i).isCloseTo(expected, within(1e-5));
                }
            }
        }
    }

    /// The update is renormalised to the norm of an orthogonal matrix, and variance reduction keeps that norm.
    @Test
    void muonMovesEveryMatrixByTheNormOfAnOrthogonalOne() {
        Run run = new Run();
        run.step(WITHOUT_DECAY);
        for (JsonNode group : recordedGroups("muon")) {
            for (JsonNode name : group.get("params")) {
                int[] shape = reference.shape("param." + name.asString());
                float[] before = reference.floats("param." + name.asString());
                float[] after = run.value(name.asString());
                double squares = 0;
                for (int i = 0; i < after.length; i++) {
                    squares += Math.pow((double) after[i] - before[i], 2);
                }
                double expected = group.get("lr").asDouble() * Math.sqrt(Math.max(1, shape[0] / (double) shape[1]))
                        * Math.sqrt(Math.min(shape[0], shape[1]));
                assertThat(Math.sqrt(squares)).as(name.asString()).isCloseTo(expected, within(1e-4 * expected));
            }
        }
    }

    /// Decay is there only where the update already makes the weight smaller; lr 0.02 times decay 0.28 of a square matrix.
    @Test
    void muonDecaysOnlyWhereTheUpdateAgrees() {
        String name = "transformer.h.1.attn.c_q.weight";
        Run decayed = new Run();
        decayed.step(CONSTANT);
        Run plain = new Run();
        plain.step(WITHOUT_DECAY);
        float[] before = reference.floats("param." + name);
        float[] without = plain.value(name);
        float[] with = decayed.value(name);
        int agreeing = 0;
        for (int i = 0; i < before.length; i++) {
            boolean agrees = (before[i] - without[i]) * before[i] >= 0;
            double decay = agrees ? 0.02 * 0.28 * before[i] : 0;
            assertThat((double) with[i]).as("%s[%d]", name, i).isCloseTo(without[i] - decay, within(1e-6));
            agreeing += agrees ? 1 : 0;
        }
        assertThat(agreeing).isBetween(before.length / 4, 3 * before.length / 4);
    }

    @Test
    void aLearningRateOfZeroChangesNothing() {
        Run run = new Run();
        Map<String, List<Float>> before = run.values();
        run.step(new ScheduleValues(0, 0.85, 1));
        assertThat(run.values()).isEqualTo(before);
    }

    @Test
    void aStepLeavesGradientsZeroAndCopiesFresh() {
        Run run = new Run();
        run.step(CONSTANT);
        for (Parameter parameter : run.parameters.all()) {
            assertThat(backend.read(parameter.gradient())).as(parameter.name()).containsOnly(0f);
            float[] value = backend.read(parameter.value());
            float[] compute = backend.read(parameter.compute());
            boolean rounded = parameter.compute().dtype() == DType.BF16;
            for (int i = 0; i < value.length; i++) {
                assertThat(compute[i]).as(parameter.name()).isEqualTo(rounded ? Bfloat16.round(value[i]) : value[i]);
            }
        }
    }

    @Test
    void savedStateGoesOnBitForBit() {
        Run straight = new Run();
        straight.step(CONSTANT);
        straight.step(CONSTANT);

        Run resumed = new Run();
        for (Parameter parameter : resumed.parameters.all()) {
            backend.write(parameter.value(), straight.value(parameter.name()));
        }
        straight.optimizer.state().forEach((name, saved) -> {
            Tensor restored = resumed.optimizer.state().get(name);
            backend.write(restored, backend.read(saved));
        });
        resumed.optimizer.resumeAfter(straight.optimizer.stepsTaken());

        straight.step(WITHOUT_DECAY);
        resumed.step(WITHOUT_DECAY);
        assertThat(resumed.values()).isEqualTo(straight.values());
        assertThat(resumed.optimizer.stepsTaken()).isEqualTo(3);
    }

    @Test
    void stateIsNamedAfterItsParameters() {
        Map<String, Tensor> state = new Run().optimizer.state();
        assertThat(state).hasSize(2 * reference.parameterNames().size());
        assertThat(state.get("lm_head.weight.first_moment").shape()).containsExactly(192, 48);
        assertThat(state.get("lm_head.weight.second_moment").shape()).containsExactly(192, 48);
        assertThat(state.get("transformer.h.0.mlp.c_fc.weight.momentum").shape()).containsExactly(192, 48);
        assertThat(state.get("transformer.h.0.mlp.c_fc.weight.second_moment").shape()).containsExactly(192);
        assertThat(state.get("transformer.h.0.attn.c_k.weight.second_moment").shape()).containsExactly(48);
    }

    /// As the matrices lie, so do their moments.
    @Test
    void theMomentsOfAGroupLieOneAfterTheOther() {
        Run run = new Run();
        List<String> names = ParameterGroups.of(run.parameters, OptimizerSettings.DEFAULT).getLast().parameters().stream()
                .map(Parameter::name).toList();
        assertThat(names.size()).isGreaterThan(1);
        for (String part : List.of(".momentum", ".second_moment")) {
            for (int i = 1; i < names.size(); i++) {
                Tensor before = run.optimizer.state().get(names.get(i - 1) + part);
                assertThat(HostMemory.of(run.optimizer.state().get(names.get(i) + part)).address())
                        .isEqualTo(HostMemory.of(before).address() + before.bytes());
            }
        }
    }

    @Test
    void parametersWithoutGradientsOrInTwoGroupsAreRefused() {
        GptParameters forwardOnly = new GptParameters(reference.config(), backend, DType.F32, false);
        AdamWGroup untrained = new AdamWGroup(List.of(forwardOnly.lmHead()), 0.1, 0.8, 0.95, 0);
        assertThatThrownBy(() -> new MuonAdamW(backend, List.of(untrained)))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("lm_head.weight");
        List<ParameterGroup> groups = ParameterGroups.of(new Run().parameters, OptimizerSettings.DEFAULT);
        assertThatThrownBy(() -> new MuonAdamW(backend, List.of(groups.getFirst(), groups.getFirst())))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("two groups");
    }
}
