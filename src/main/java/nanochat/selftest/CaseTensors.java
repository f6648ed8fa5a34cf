package nanochat.selftest;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import nanochat.checkpoint.ElementType;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredTensor;
import nanochat.data.Batch;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Parameter;

/// The `tensors.safetensors` of a case. What contradicts the configuration is a [BadInputException] that names the folder.
final class CaseTensors implements AutoCloseable {
    private final Path folder;
    private final SafeTensors tensors;

    CaseTensors(Path folder) {
        this.folder = folder;
        this.tensors = SafeTensors.open(folder.resolve("tensors.safetensors"));
    }

    boolean contains(String name) {
        return tensors.contains(name);
    }

    /// The inputs and targets of this name, both B x T.
    Batch batch(String name, GptConfig config) {
        StoredTensor inputs = tensors.tensor(name + ".inputs");
        StoredTensor targets = tensors.tensor(name + ".targets");
        check(inputs.shape().size() == 2 && inputs.elements() > 0 && inputs.shape().equals(targets.shape()),
                name + ".inputs " + inputs.shape() + " and " + name + ".targets " + targets.shape() + " must be B x T, both");
        int length = Math.toIntExact(inputs.shape().get(1));
        check(length <= config.sequenceLength(), name + " has rows of " + length + " tokens, sequence_len is " + config.sequenceLength());
        return new Batch(Math.toIntExact(inputs.shape().get(0)), length, ids(inputs, 0, config), ids(targets, Batch.IGNORED, config));
    }

    private int[] ids(StoredTensor tensor, int least, GptConfig config) {
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
        return tensors.contains(name) ? Optional.of(requiredFloats(name, shape)) : Optional.empty();
    }

    /// The same of a tensor that must be there.
    float[] requiredFloats(String name, int... shape) {
        List<Long> sizes = Arrays.stream(shape).mapToObj(size -> (long) size).toList();
        return tensors.tensor(name, ElementType.F32, sizes).toFloats();
    }

    /// The recorded values of a parameter.
    ///
    /// @param prefix of the model's tensors
    float[] values(String prefix, Parameter parameter) {
        String name = prefix + parameter.name();
        return floats(name, parameter.value().shape()).orElseThrow(() -> bad("has no tensor " + name));
    }

    /// Refuses a recording of parameters that the model has not.
    void checkParameters(String prefix, GptParameters parameters) {
        List<String> known = parameters.all().stream().map(parameter -> prefix + parameter.name()).toList();
        for (String name : tensors.names()) {
            check(!name.startsWith(prefix) || known.contains(name), "has the tensor " + name + ", which is not a parameter of a model of "
                    + "this configuration");
        }
    }

    void check(boolean valid, String problem) {
        if (!valid) {
            throw bad(problem);
        }
    }

    BadInputException bad(String problem) {
        return new BadInputException("The case " + folder + " " + problem);
    }

    @Override
    public void close() {
        tensors.close();
    }
}
