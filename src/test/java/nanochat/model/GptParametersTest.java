package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import nanochat.model.GptParameters.Layer;
import nanochat.model.GptParameters.ResidualStream;
import nanochat.model.GptParameters.ValueEmbedding;
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

/// Oracle: the names and shapes of the recorded cases, and [Bfloat16] for what products read.
class GptParametersTest {
    private final ReferenceCase reference = ReferenceCase.tiny();
    private final Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32);

    @AfterEach
    void close() {
        backend.close();
    }

    private GptParameters parameters(ReferenceCase reference, DType computeType, boolean withGradients) {
        return new GptParameters(reference.config(), backend, computeType, withGradients);
    }

    @Test
    void theParametersAreThoseOfTheCheckpointInItsOrder() {
        List<Parameter> all = parameters(reference, DType.F32, true).all();
        assertThat(all).extracting(Parameter::name).isEqualTo(reference.parameterNames());
        for (Parameter parameter : all) {
            assertThat(parameter.value().shape()).as(parameter.name()).isEqualTo(reference.shape("param." + parameter.name()));
            assertThat(parameter.gradient().sameShape(parameter.value())).as(parameter.name()).isTrue();
        }
    }

    @Test
    void everyParameterHasOnePlaceInTheModel() {
        for (ReferenceCase each : List.of(reference, ReferenceCase.odd(), ReferenceCase.older())) {
            GptParameters parameters = parameters(each, DType.F32, false);
            List<Parameter> placed = new ArrayList<>(List.of(parameters.wte(), parameters.lmHead()));
            for (Layer layer : parameters.layers()) {
                placed.addAll(layer.matrices());
                layer.valueEmbedding().map(ValueEmbedding::table).ifPresent(placed::add);
            }
            parameters.residualStream().ifPresent(stream -> placed.addAll(List.of(stream.residLambdas(), stream.x0Lambdas(),
                    stream.smearGate(), stream.smearLambda(), stream.backoutLambda())));
            assertThat(placed).as(each.toString()).containsExactlyInAnyOrderElementsOf(parameters.all());
        }
    }

    @Test
    void aLayerHoldsItsOwnMatrices() {
        GptParameters parameters = parameters(reference, DType.F32, false);
        Layer layer = parameters.layer(3);
        assertThat(layer.matrices()).extracting(Parameter::name).containsExactly("transformer.h.3.attn.c_q.weight",
                "transformer.h.3.attn.c_k.weight", "transformer.h.3.attn.c_v.weight", "transformer.h.3.attn.c_proj.weight",
                "transformer.h.3.attn.ve_gate.weight", "transformer.h.3.mlp.c_fc.weight", "transformer.h.3.mlp.c_proj.weight");
        assertThat(layer.valueEmbedding().orElseThrow().table().name()).isEqualTo("value_embeds.3.weight");
        assertThat(parameters.layer(2).valueEmbedding()).isEmpty();
        ResidualStream stream = parameters.residualStream().orElseThrow();
        assertThat(List.of(stream.residLambdas(), stream.x0Lambdas(), stream.smearGate(), stream.smearLambda(), stream.backoutLambda()))
                .extracting(Parameter::name)
                .containsExactly("resid_lambdas", "x0_lambdas", "smear_gate.weight", "smear_lambda", "backout_lambda");
    }

    @Test
    void theOlderGenerationHasNeitherResidualLambdasNorValueEmbeddings() {
        GptParameters parameters = parameters(ReferenceCase.older(), DType.F32, false);
        assertThat(parameters.residualStream()).isEmpty();
        assertThat(parameters.layers()).extracting(Layer::valueEmbedding).containsOnly(Optional.empty());
    }

    @Test
    void onlyWhatFeedsProductsHasACopyInBfloat16() {
        GptParameters parameters = parameters(reference, DType.BF16, false);
        assertThat(parameters.all()).filteredOn(parameter -> parameter.compute().dtype() == DType.BF16).extracting(Parameter::name)
                .isEqualTo(reference.parameterNames().stream()
                        .filter(name -> name.matches("transformer\\.h\\..*\\.c_(q|k|v|proj|fc)\\.weight|lm_head\\.weight")).toList());
    }

    @Test
    void inF32ProductsReadTheValueItself() {
        assertThat(parameters(reference, DType.F32, false).all()).allMatch(parameter -> parameter.compute() == parameter.value());
    }

    @Test
    void initializingFillsTheValuesAndTheirCopies() {
        GptParameters parameters = parameters(reference, DType.BF16, false);
        parameters.initialize(42);
        float[] values = backend.read(parameters.layer(0).cQ().value());
        assertThat(values).doesNotContain(0f);
        float[] rounded = values.clone();
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = Bfloat16.round(rounded[i]);
        }
        assertThat(backend.read(parameters.layer(0).cQ().compute())).isEqualTo(rounded).isNotEqualTo(values);
    }

    @Test
    void aModelThatOnlyRunsForwardSpendsNothingOnGradients() {
        GptParameters parameters = parameters(reference, DType.F32, false);
        assertThat(backend.allocatedBytes()).isEqualTo(4 * ParameterCounts.of(reference.config()).total());
        assertThat(parameters.wte().isTrained()).isFalse();
        assertThatThrownBy(() -> parameters.wte().gradient()).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("transformer.wte.weight");
    }

    /// What can be shared out among several machines: the matrices of one shape, layer after layer.
    @Test
    void parametersThatAreAlikeLieOneAfterTheOther() {
        GptParameters parameters = parameters(reference, DType.BF16, true);
        List<Parameter> square = parameters.layers().stream().flatMap(layer -> Stream.of(layer.cQ(), layer.cProj())).toList();
        List<Parameter> narrow = parameters.layers().stream().flatMap(layer -> Stream.of(layer.cK(), layer.cV())).toList();
        List<Parameter> wide = parameters.layers().stream().map(Layer::mlpFc).toList();
        List<Parameter> tables = parameters.layers().stream().flatMap(layer -> layer.valueEmbedding().stream()).map(ValueEmbedding::table)
                .toList();
        for (List<Parameter> alike : List.of(square, narrow, wide, tables)) {
            assertThat(alike.size()).isGreaterThan(1);
            assertConsecutive(alike.stream().map(Parameter::value).toList());
            assertConsecutive(alike.stream().map(Parameter::gradient).toList());
            assertConsecutive(alike.stream().map(Parameter::compute).toList());
        }
    }

    private static void assertConsecutive(List<Tensor> tensors) {
        for (int i = 1; i < tensors.size(); i++) {
            long before = HostMemory.of(tensors.get(i - 1)).address() + tensors.get(i - 1).bytes();
            assertThat(HostMemory.of(tensors.get(i)).address()).as("part %d", i).isEqualTo(before);
        }
    }

    @Test
    void aNameThatTheModelLacksIsRefused() {
        GptParameters parameters = parameters(ReferenceCase.older(), DType.F32, false);
        assertThatThrownBy(() -> parameters.named("smear_lambda")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("smear_lambda");
    }
}
