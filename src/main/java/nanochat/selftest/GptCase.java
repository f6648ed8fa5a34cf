package nanochat.selftest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import nanochat.checkpoint.ElementType;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredTensor;
import nanochat.data.Batch;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;
import nanochat.model.GptParameters;
import nanochat.optim.AdamWGroup;
import nanochat.optim.MuonGroup;
import nanochat.optim.ParameterGroup;
import nanochat.selftest.GptCaseFields.Greedy;
import nanochat.selftest.GptCaseFields.Group;
import nanochat.tensor.Parameter;

/// A recorded model: `case.json` and `tensors.safetensors`. A piece that was not recorded is empty here; one that contradicts the
/// configuration is a [BadInputException] that names the folder.
final class GptCase implements AutoCloseable {
    private final Path folder;
    private final GptCaseFields fields;
    private final GptConfig config;
    private final SafeTensors tensors;

    GptCase(Path folder, GptCaseFields fields) {
        this.folder = folder;
        this.fields = fields;
        this.tensors = SafeTensors.open(folder.resolve("tensors.safetensors"));
        try {
            this.config = fields.config().toConfig(Generation.of(name -> tensors.contains("param." + name)));
        } catch (RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    GptConfig config() {
        return config;
    }

    GptCaseFields fields() {
        return fields;
    }

    /// The batches of the steps that have inputs, from step 0 on.
    List<Batch> steps() {
        List<Batch> steps = new ArrayList<>();
        while (tensors.contains("step" + steps.size() + ".inputs")) {
            steps.add(step("step" + steps.size()));
        }
        check(steps.size() >= losses().size(), "has " + losses().size() + " losses, but inputs for only " + steps.size() + " steps");
        return steps;
    }

    private Batch step(String name) {
        StoredTensor inputs = tensors.tensor(name + ".inputs");
        StoredTensor targets = tensors.tensor(name + ".targets");
        check(inputs.shape().size() == 2 && inputs.elements() > 0 && inputs.shape().equals(targets.shape()),
                name + ".inputs " + inputs.shape() + " and " + name + ".targets " + targets.shape() + " must be B x T, both");
        int length = Math.toIntExact(inputs.shape().get(1));
        check(length <= config.sequenceLength(), name + " has rows of " + length + " tokens, sequence_len is " + config.sequenceLength());
        return new Batch(Math.toIntExact(inputs.shape().get(0)), length, ids(inputs, 0), ids(targets, Batch.IGNORED));
    }

    private int[] ids(StoredTensor tensor, int least) {
        check(tensor.type() == ElementType.I64 || tensor.type() == ElementType.I32, tensor.name() + " must have whole numbers");
        long[] ids = tensor.toLongs();
        for (long id : ids) {
            check(id >= least && id < config.vocabularySize(), tensor.name() + " has the token " + id + ", must be from " + least + " to "
                    + (config.vocabularySize() - 1));
        }
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    /// Recorded numbers of this name and shape.
    Optional<float[]> floats(String name, int... shape) {
        if (!tensors.contains(name)) {
            return Optional.empty();
        }
        List<Long> sizes = Arrays.stream(shape).mapToObj(size -> (long) size).toList();
        return Optional.of(tensors.tensor(name, ElementType.F32, sizes).toFloats());
    }

    /// The initial values of a parameter.
    float[] initial(Parameter parameter) {
        String name = "param." + parameter.name();
        return floats(name, parameter.value().shape()).orElseThrow(() -> bad("has no tensor " + name));
    }

    /// Refuses a recording of parameters that the model has not.
    void checkParameters(GptParameters parameters) {
        List<String> known = parameters.all().stream().map(parameter -> "param." + parameter.name()).toList();
        for (String name : tensors.names()) {
            check(!name.startsWith("param.") || known.contains(name), "has the tensor " + name + ", which is not a parameter of a model of "
                    + "this configuration");
        }
    }

    List<Double> losses() {
        return fields.losses().orElse(List.of());
    }

    /// The optimizer's groups with the recorded hyper-parameters.
    List<ParameterGroup> groups(GptParameters parameters) {
        return fields.paramGroups().orElse(List.of()).stream().map(group -> group(group, parameters)).toList();
    }

    private ParameterGroup group(Group group, GptParameters parameters) {
        List<String> known = parameters.all().stream().map(Parameter::name).toList();
        for (String name : group.params()) {
            check(known.contains(name), "has a group with the parameter " + name + ", which the model lacks");
        }
        List<Parameter> members = group.params().stream().map(parameters::named).toList();
        return switch (group.kind()) {
            case "adamw" -> {
                List<Double> betas = group.betas().orElse(List.of());
                check(betas.size() == 2, "has an adamw group without two betas");
                check(group.eps().orElse(AdamWGroup.EPSILON) == AdamWGroup.EPSILON, "has an adamw group with another eps than "
                        + AdamWGroup.EPSILON + ", which this optimizer has not");
                yield new AdamWGroup(members, group.lr(), betas.get(0), betas.get(1), group.weightDecay());
            }
            case "muon" -> new MuonGroup(members, group.lr(), group.beta2().orElseThrow(() -> bad("has a muon group without beta2")),
                    group.weightDecay());
            default -> throw bad("has a group of the kind '" + group.kind() + "', must be adamw or muon");
        };
    }

    /// Muon's momentum in the update of this step.
    double muonMomentum(int step) {
        List<Double> byStep = fields.muonMomentumByStep().orElse(List.of());
        if (step < byStep.size()) {
            return byStep.get(step);
        }
        return fields.paramGroups().orElse(List.of()).stream().flatMap(group -> group.momentum().stream()).findFirst()
                .orElseThrow(() -> bad("has no muon_momentum_by_step for step " + step));
    }

    Optional<Greedy> greedy() {
        fields.greedy().ifPresent(greedy -> {
            check(!greedy.prompt().isEmpty(), "has a greedy generation without a prompt");
            check(greedy.prompt().stream().allMatch(id -> id >= 0 && id < config.vocabularySize()),
                    "has a prompt with tokens outside the vocabulary");
        });
        return fields.greedy();
    }

    private void check(boolean valid, String problem) {
        if (!valid) {
            throw bad(problem);
        }
    }

    private BadInputException bad(String problem) {
        return new BadInputException("The case " + folder + " " + problem);
    }

    @Override
    public void close() {
        tensors.close();
    }
}
