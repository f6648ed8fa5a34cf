package nanochat.selftest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    private static final String PREFIX = "param.";

    private final GptCaseFields fields;
    private final GptConfig config;
    private final CaseTensors tensors;

    GptCase(Path folder, GptCaseFields fields) {
        this.fields = fields;
        this.tensors = new CaseTensors(folder);
        try {
            this.config = fields.config().toConfig(Generation.of(name -> tensors.contains(PREFIX + name)));
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
            steps.add(tensors.batch("step" + steps.size(), config));
        }
        check(steps.size() >= losses().size(), "has " + losses().size() + " losses, but inputs for only " + steps.size() + " steps");
        return steps;
    }

    /// Recorded numbers of this name and shape.
    Optional<float[]> floats(String name, int... shape) {
        return tensors.floats(name, shape);
    }

    /// The initial values of a parameter.
    float[] initial(Parameter parameter) {
        return tensors.values(PREFIX, parameter);
    }

    /// Refuses a recording of parameters that the model has not.
    void checkParameters(GptParameters parameters) {
        tensors.checkParameters(PREFIX, parameters);
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
        tensors.check(valid, problem);
    }

    private BadInputException bad(String problem) {
        return tensors.bad(problem);
    }

    @Override
    public void close() {
        tensors.close();
    }
}
