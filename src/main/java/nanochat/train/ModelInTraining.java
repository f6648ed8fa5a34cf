package nanochat.train;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredTensors;
import nanochat.io.BadInputException;
import nanochat.model.AdapterParameters;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.model.KeyValuePrefix;
import nanochat.model.Tuning;
import nanochat.objective.NextToken;
import nanochat.objective.Objective;
import nanochat.objective.ObjectiveChoice;
import nanochat.optim.MeanWeights;
import nanochat.optim.MuonAdamW;
import nanochat.optim.ParameterGroups;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;

/// A model with all that training needs: its weights, the optimizer that changes them, and the tape that the gradients come from.
final class ModelInTraining {
    private final Backend backend;
    private final GptParameters parameters;
    private final Optional<AdapterParameters> adapter;
    /// Of a prompt that stands before every row.
    private final Optional<KeyValuePrefix> prompt;
    private final MuonAdamW optimizer;
    private final Optional<MeanWeights> mean;
    private final Tape tape;
    private final Gpt gpt;
    /// What is learned, once that is known: it may have a state of its own.
    private Optional<Objective> objective = Optional.empty();

    /// The model of this plan, its weights still unset.
    ModelInTraining(RunPlan plan, Backend backend) {
        this.backend = backend;
        parameters = new GptParameters(plan.config(), plan.objective().extraHeads(), backend, plan.compute(), plan::trains);
        adapter = plan.adapter().map(tuned -> new AdapterParameters(tuned.adapter().tuning(), plan.config(), backend, plan.compute(),
                true));
        optimizer = new MuonAdamW(backend, plan.adapter().flatMap(tuned -> adapter.map(own -> ParameterGroups.of(own, tuned
                .learningRate())))
                .orElseGet(() -> ParameterGroups.of(parameters, plan.settings())));
        mean = plan.averaged() ? Optional.of(new MeanWeights(backend, parameters.all())) : Optional.empty();
        tape = new Tape(backend, plan.compute());
        prompt = plan.prompt().isEmpty()
                ? Optional.empty()
                : Optional.of(KeyValuePrefix.of(plan.config(), plan.prompt().size(), OptionalInt.of(plan.prompt().getLast()), backend, plan
                        .compute()));
        gpt = new Gpt(parameters, adapter, prompt.or(() -> adapter.flatMap(AdapterParameters::prefix)), plan.rowLength(), plan.recompute());
    }

    Backend backend() {
        return backend;
    }

    Gpt gpt() {
        return gpt;
    }

    Tape tape() {
        return tape;
    }

    /// The objective on micro-batches of this shape.
    Objective nextToken(int rows, int length) {
        return new NextToken(gpt, tape, rows, length);
    }

    /// What the plan says is learned, on micro-batches of this shape.
    ///
    /// @param seed of what the objective hides
    Objective objective(ObjectiveChoice choice, int rows, int length, long seed) {
        Objective chosen = choice.of(gpt, tape, rows, length, seed);
        objective = Optional.of(chosen);
        return chosen;
    }

    /// Random weights.
    void initialize(long seed) {
        parameters.initialize(seed);
    }

    /// What is trained beside the model, as it starts.
    ///
    /// @param text whose beginning a prefix starts as
    void initializeAdapter(long seed, int[] text) {
        AdapterParameters own = adapter.orElseThrow();
        switch (own.tuning()) {
            case Tuning.LowRank _ -> own.initialize(seed);
            case Tuning.Prefix _ -> own.prefix().orElseThrow().initializeAs(alone(), text);
        }
    }

    /// Reads the prompt that stands before every row: from now on its keys and values are what the weights make of it now.
    void readPrompt(List<Integer> tokens) {
        prompt.ifPresent(prefix -> prefix.initializeAs(alone(), tokens.stream().mapToInt(Integer::intValue).toArray()));
    }

    /// The model without anything beside it, to read something once: block by block, so that it takes little memory.
    private Gpt alone() {
        return new Gpt(parameters, parameters.config().sequenceLength(), true);
    }

    /// All weights, or what is trained beside them.
    private SequencedMap<String, Tensor> trained() {
        return adapter.map(own -> StoredTensors.values(own.all())).orElseGet(() -> StoredTensors.values(parameters));
    }

    /// What is saved: the same, and the keys and values of a prompt.
    private SequencedMap<String, Tensor> values() {
        SequencedMap<String, Tensor> values = trained();
        prompt.ifPresent(prefix -> values.putAll(StoredTensors.values(prefix.all())));
        return values;
    }

    /// Updates the weights by the gradients that have gathered.
    void step(ScheduleValues schedule) {
        optimizer.step(schedule);
        mean.ifPresent(weights -> weights.add(optimizer.stepsTaken()));
        backend.finish();
    }

    /// The last word of a run that ends with the mean of its weights; of others nothing.
    void takeMean() {
        mean.ifPresent(MeanWeights::take);
        backend.finish();
    }

    /// Saves weights, moments, and what the objective has beside them.
    void save(CheckpointDirectory checkpoints, int step, Object meta) {
        try (Arena arena = Arena.ofConfined()) {
            checkpoints.save(step, StoredTensors.of(backend, values(), arena),
                    StoredTensors.of(backend, stateBesideWeights(), arena), meta);
        }
    }

    /// Saves weights alone, rounded.
    void saveSnapshot(CheckpointDirectory snapshots, int step, Object meta) {
        try (Arena arena = Arena.ofConfined()) {
            snapshots.save(step, StoredTensors.rounded(backend, values(), arena), List.of(), meta);
        }
    }

    /// Reads all weights alone; the moments are those of no step.
    void readWeights(CheckpointDirectory checkpoints, int step) {
        try (SafeTensors model = checkpoints.openModel(step)) {
            if (model.names().stream().anyMatch(Tuning::isOfPrefix)) {
                throw new BadInputException("The model in " + checkpoints.folder()
                        + " answers behind a frozen prompt, which only chat, eval and"
                        + " serve know: go on from a model without one");
            }
            StoredTensors.read(model, backend, StoredTensors.values(parameters));
        }
        parameters.refresh();
    }

    /// Reads the weights of a model that may have more than this one: tokens behind its vocabulary, of which the rows are left out, and parameters of
    /// other names. The moments are those of no step.
    ///
    /// @throws nanochat.io.BadInputException when a parameter is missing or too small
    void adopt(CheckpointDirectory checkpoints, int step) {
        try (SafeTensors model = checkpoints.openModel(step)) {
            for (Parameter parameter : parameters.all()) {
                float[] values = model.tensor(parameter.name()).toFloats();
                int size = Math.toIntExact(parameter.value().size());
                if (values.length < size) {
                    throw new BadInputException(model.file() + ": " + parameter.name() + " has " + values.length + " numbers, " + size
                            + " are needed");
                }
                backend.write(parameter.value(), Arrays.copyOf(values, size));
            }
        }
        parameters.refresh();
    }

    /// Reads weights and moments of the model that a run begins with.
    void begin(CheckpointDirectory base, int step) {
        read(base, step, step, trained());
    }

    /// Reads weights and moments of what is trained.
    ///
    /// @param stepsTaken how many steps the moments have seen
    void read(CheckpointDirectory checkpoints, int step, int stepsTaken) {
        read(checkpoints, step, stepsTaken, values());
    }

    private void read(CheckpointDirectory checkpoints, int step, int stepsTaken, SequencedMap<String, Tensor> values) {
        String identity = checkpoints.identity(step);
        try (SafeTensors model = checkpoints.openModel(step); SafeTensors moments = checkpoints.openOptimizer(step)) {
            checkpoints.checkIdentity(step, identity, "try again");
            StoredTensors.read(model, backend, values);
            StoredTensors.read(moments, backend, stateBesideWeights());
        }
        parameters.refresh();
        adapter.ifPresent(AdapterParameters::refresh);
        prompt.ifPresent(KeyValuePrefix::refresh);
        optimizer.resumeAfter(stepsTaken);
    }

    /// Of the optimizer, of the mean of the weights and, once it is known, of the objective.
    private SequencedMap<String, Tensor> stateBesideWeights() {
        SequencedMap<String, Tensor> state = new LinkedHashMap<>(optimizer.state());
        mean.ifPresent(weights -> state.putAll(weights.state()));
        objective.ifPresent(known -> state.putAll(known.state()));
        return state;
    }

    /// Reads what the objective has beside weights and moments, where it has anything.
    void readObjective(CheckpointDirectory checkpoints, int step) {
        Objective known = objective.orElseThrow();
        if (known.state().isEmpty()) {
            return;
        }
        String identity = checkpoints.identity(step);
        try (SafeTensors state = checkpoints.openOptimizer(step)) {
            checkpoints.checkIdentity(step, identity, "try again");
            StoredTensors.read(state, backend, stateBesideWeights());
        }
        known.stateRead();
    }
}
