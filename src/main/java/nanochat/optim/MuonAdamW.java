package nanochat.optim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.tensor.AdamWStep;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tensor;

/// The optimizer: one step updates every group by its rule. What it remembers is two F32 tensors a parameter and the number of steps
/// taken; a checkpoint that keeps both goes on exactly.
public final class MuonAdamW {
    private final Backend backend;
    private final List<AdamWState> adamW = new ArrayList<>();
    private final List<MuonState> muon = new ArrayList<>();
    private final List<Parameter> parameters;
    private final SequencedMap<String, Tensor> state = new LinkedHashMap<>();
    private int stepsTaken;

    private record AdamWState(AdamWGroup group, List<Moments> moments) {}

    private record Moments(Parameter parameter, Tensor first, Tensor second) {}

    private record MuonState(MuonGroup group, List<MuonMatrix> matrices) {}

    /// Allocates the state, zero.
    ///
    /// @throws IllegalStateException when a parameter is not trained
    public MuonAdamW(Backend backend, List<ParameterGroup> groups) {
        this.backend = backend;
        this.parameters = groups.stream().flatMap(group -> group.parameters().stream()).toList();
        for (ParameterGroup group : groups) {
            switch (group) {
                case AdamWGroup g -> adamW.add(new AdamWState(g, byShape(g.parameters()).stream().flatMap(this::moments).toList()));
                case MuonGroup g -> muon.add(new MuonState(g, matrices(g.parameters())));
            }
        }
    }

    private static Collection<List<Parameter>> byShape(List<Parameter> parameters) {
        return parameters.stream().collect(Collectors.groupingBy(parameter -> Arrays.stream(parameter.gradient().shape()).boxed().toList(),
                LinkedHashMap::new, Collectors.toList())).values();
    }

    private Stream<Moments> moments(List<Parameter> alike) {
        Tensor first = allocate(alike, alike.getFirst().value().shape());
        Tensor second = allocate(alike, alike.getFirst().value().shape());
        return IntStream.range(0, alike.size()).mapToObj(i -> {
            Parameter parameter = alike.get(i);
            return new Moments(parameter, keep(parameter, "first_moment", first.slice(i)), keep(parameter, "second_moment", second.slice(
                    i)));
        });
    }

    private List<MuonMatrix> matrices(List<Parameter> alike) {
        Tensor value = alike.getFirst().value();
        Tensor momentum = allocate(alike, value.shape());
        Tensor secondMoment = allocate(alike, MuonMatrix.secondMomentSize(value.rows(), value.columns()));
        return IntStream.range(0, alike.size()).mapToObj(i -> {
            Parameter parameter = alike.get(i);
            return new MuonMatrix(parameter.value(), parameter.gradient(), keep(parameter, "momentum", momentum.slice(i)),
                    keep(parameter, "second_moment", secondMoment.slice(i)));
        }).toList();
    }

    /// One tensor for all parameters of a shape, as their values lie.
    private Tensor allocate(List<Parameter> alike, int... shape) {
        return backend.allocate(DType.F32, IntStream.concat(IntStream.of(alike.size()), IntStream.of(shape)).toArray());
    }

    private Tensor keep(Parameter parameter, String part, Tensor tensor) {
        if (state.putIfAbsent(parameter.name() + "." + part, tensor) != null) {
            throw new IllegalArgumentException(parameter.name() + " is in two groups");
        }
        return tensor;
    }

    /// Updates all parameters by their gradients, refreshes what products read of them, and leaves the gradients zero, ready for the
    /// backward passes of the next step to add to.
    public void step(ScheduleValues schedule) {
        stepsTaken++;
        for (AdamWState each : adamW) {
            AdamWStep step = each.group.step(stepsTaken, schedule);
            for (Moments moments : each.moments) {
                Parameter parameter = moments.parameter;
                backend.adamW(parameter.value(), parameter.gradient(), moments.first, moments.second, step);
            }
        }
        for (MuonState each : muon) {
            MuonStep step = each.group.step(schedule);
            backend.muon(each.matrices, step);
        }
        for (Parameter parameter : parameters) {
            parameter.refresh(backend);
            backend.zero(parameter.gradient());
        }
    }

    /// Steps taken since the state was zero. AdamW corrects its moments by it.
    public int stepsTaken() {
        return stepsTaken;
    }

    /// The state by name, to save and to fill in: `NAME.first_moment` and `NAME.second_moment` where AdamW updates the parameter NAME,
    /// `NAME.momentum` and `NAME.second_moment` where Muon does. Go on with [#resumeAfter(int)].
    public SequencedMap<String, Tensor> state() {
        return Collections.unmodifiableSequencedMap(state);
    }

    /// Tells the optimizer how many steps the state that was filled in has seen.
    public void resumeAfter(int steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("an optimizer cannot have taken " + steps + " steps");
        }
        stepsTaken = steps;
    }
}
