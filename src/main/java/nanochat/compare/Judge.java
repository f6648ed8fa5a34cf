package nanochat.compare;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TrainedModel;
import nanochat.compare.TextPass.Ask;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;

/// An independent model of the next token, larger than those compared, that says how likely it finds what they write. It has a tokenizer of its own, so
/// it is asked for bits per byte.
final class Judge implements AutoCloseable {
    private static final int LONGEST = 256;

    private final Backend backend;
    private final Tokenizer tokenizer;
    private final TextPass pass;

    /// A text and what was written behind it.
    record Continued(String prompt, String written) {}

    /// @param threads that compute
    /// @throws nanochat.io.BadInputException when it cannot write from left to right
    Judge(CheckpointDirectory checkpoints, DType compute, int threads) {
        backend = Backends.open(Device.CPU, threads, compute);
        TrainedModel model = TrainedModel.load(checkpoints, checkpoints.lastStep(), backend, compute);
        model.checkWritesOn();
        tokenizer = model.tokenizer();
        pass = new TextPass(model, compute, LONGEST);
    }

    /// Of all that was written, after what was there.
    double bitsPerByte(List<Continued> texts) {
        double nats = 0;
        long bytes = 0;
        for (Continued text : texts) {
            int[] tokens = WritingTask.behindBos(tokenizer, text.prompt + text.written);
            int from = WritingTask.behindBos(tokenizer, text.prompt).length;
            // where prompt and text are encoded otherwise together, the first differing token belongs to what was written
            int[] alone = WritingTask.behindBos(tokenizer, text.prompt);
            from = IntStream.range(0, Math.min(from, tokens.length)).filter(i -> alone[i] != tokens[i]).findFirst().orElse(from);
            int end = Math.min(tokens.length, LONGEST);
            List<Ask> asks = IntStream.range(Math.max(1, from), end).mapToObj(i -> new Ask(0, i - 1, tokens[i])).toList();
            if (asks.isEmpty()) {
                continue;
            }
            double[] each = pass.logProbabilities(Collections.singletonList(Arrays.copyOf(tokens, end)), pass.leftToRight(), asks);
            nats -= IntStream.range(0, each.length).mapToDouble(i -> each[i]).sum();
            bytes += text.written.getBytes(StandardCharsets.UTF_8).length;
        }
        return nats / (Math.log(2) * bytes);
    }

    @Override
    public void close() {
        backend.close();
    }
}
