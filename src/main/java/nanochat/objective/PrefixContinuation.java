package nanochat.objective;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// Continues a text by a model that was trained with a prefix, by ul2 in mode S: the text is read in both directions, what comes after it from left to right. One pass
/// over everything a token, without a cache; the engine reads prompts from left to right alone. Not for several threads.
public final class PrefixContinuation {
    private final Gpt gpt;
    private final Tape tape;
    private final int longest;
    private final int[] before;
    private final Tensor ids;
    private final Tensor logits;

    /// @param choice what the model was trained with: prefix or ul2
    /// @param compute the type of matrix products
    /// @param longest text with its continuation, in tokens
    public PrefixContinuation(ObjectiveChoice choice, GptParameters parameters, DType compute, int longest) {
        int vocabulary = parameters.config().vocabularySize() - choice.extraTokens();
        before = before(choice, vocabulary);
        this.longest = longest;
        gpt = new Gpt(parameters, longest + before.length);
        tape = new Tape(parameters.backend(), compute);
        ids = parameters.backend().allocate(DType.I32, longest + before.length);
        logits = parameters.backend().allocate(DType.F32, 1, vocabulary);
    }

    /// What such a model reads before a text that it goes on with: ul2 the token of mode S.
    ///
    /// @param vocabulary of the tokenizer
    public static int[] before(ObjectiveChoice choice, int vocabulary) {
        return choice instanceof ObjectiveChoice.OfUl2 ? new int[]{new Ul2Tokens(vocabulary).mode(Denoiser.Mode.S)} : new int[0];
    }

    /// The likeliest tokens, one after the other.
    ///
    /// @param prefix at least one token
    /// @param most tokens of the continuation; fewer where the text becomes too long
    /// @param end a token that ends it and is left out
    public int[] likeliest(int[] prefix, int most, int end) {
        int[] text = prefix;
        while (text.length < Math.min(longest, prefix.length + most)) {
            int token = next(IntStream.concat(Arrays.stream(before), Arrays.stream(text)).toArray(), before.length + prefix.length);
            if (token == end) {
                break;
            }
            text = Arrays.copyOf(text, text.length + 1);
            text[text.length - 1] = token;
        }
        return Arrays.copyOfRange(text, prefix.length, text.length);
    }

    private int next(int[] text, int prefix) {
        Backend backend = tape.backend();
        Tensor read = ForwardPass.first(ids, text.length);
        backend.write(read, text);
        Variable x = gpt.hidden(tape, read, 1, text.length, _ -> new Visibility.Prefix(List.of(prefix)));
        Tensor all = x.value();
        long rowBytes = (long) all.columns() * all.dtype().bytes();
        Tensor last = new Tensor(all.dtype(), all.memory().slice((text.length - 1) * rowBytes, rowBytes), 1, all.columns());
        backend.logits(logits, last, gpt.parameters().lmHead().compute());
        tape.clear();
        float[] values = backend.read(logits);
        return IntStream.range(0, values.length).reduce((best, token) -> values[token] > values[best] ? token : best).orElseThrow();
    }
}
