package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.objective.Denoiser.Mode;
import nanochat.tensor.Visibility;

/// UL2's mixture of denoisers in one decoder (docs/objectives.md#ul2). A row becomes a prefix, which is seen in both directions, and after it what is
/// predicted from left to right:
///
///     modes R and X   [mode] text with a sentinel for every hidden span | sentinel, span, sentinel, span, ... and a last sentinel
///     mode S          [S] beginning of the text | its rest
///
/// The row stays as long as it was: the end of the text that finds no room beside sentinels and mode is left out.
///
/// @param tokens modes and sentinels
/// @param drawn whether each row is given to one of the seven; otherwise to mode S with a prefix of one token, which leaves all others to be predicted
record Denoising(Ul2Tokens tokens, boolean drawn) implements Corruption {
    /// A mode, two tokens, and two sentinels.
    private static final int SHORTEST = 5;

    /// What becomes of a text.
    ///
    /// @param tokens prefix and targets; there is at least one target
    /// @param prefix how many of them are the prefix
    private record Sequence(int[] tokens, int prefix) {}

    @Override
    public Corrupted of(Batch batch, SplittableRandom random) {
        int length = batch.length();
        int[] inputs = batch.inputs().clone();
        int[] targets = new int[inputs.length];
        Arrays.fill(targets, Batch.IGNORED);
        Integer[] prefixes = new Integer[batch.rows()];
        for (int row = 0; row < batch.rows(); row++) {
            int first = row * length;
            int[] text = IntStream.concat(IntStream.of(first), Arrays.stream(RowText.positions(batch, row))).map(i -> batch.inputs()[i])
                    .toArray();
            if (text.length < 2 || length < SHORTEST) {
                prefixes[row] = 1; // nothing to ask
                continue;
            }
            Sequence sequence = sequence(text, length, random);
            int[] all = sequence.tokens;
            Arrays.fill(inputs, first, first + length, text[0]);
            System.arraycopy(all, 0, inputs, first, Math.min(length, all.length));
            // the last position of the prefix predicts the first target
            System.arraycopy(all, sequence.prefix, targets, first + sequence.prefix - 1, all.length - sequence.prefix);
            prefixes[row] = sequence.prefix;
        }
        return Corrupted.alike(new Batch(batch.rows(), length, inputs, targets), new Visibility.Prefix(Arrays.asList(prefixes)));
    }

    private Sequence sequence(int[] text, int length, SplittableRandom random) {
        if (!drawn) {
            return continued(text, 1);
        }
        Denoiser denoiser = Denoiser.ALL.get(random.nextInt(Denoiser.ALL.size()));
        return switch (denoiser.mode()) {
            case S -> continued(text, random.nextInt(1, text.length));
            case R, X -> spansHidden(Arrays.copyOf(text, fitting(text.length, length, denoiser)), denoiser, random);
        };
    }

    /// How many tokens of a text fit: each span costs two sentinels; the last one is a target only, and costs no place.
    private static int fitting(int text, int length, Denoiser denoiser) {
        int count = text;
        while (count > 2 && 1 + count + 2 * denoiser.spans(count) > length) {
            count--;
        }
        return count;
    }

    private Sequence continued(int[] text, int prefix) {
        int[] all = IntStream.concat(IntStream.of(tokens.mode(Mode.S)), Arrays.stream(text)).toArray();
        return new Sequence(all, 1 + prefix);
    }

    private Sequence spansHidden(int[] text, Denoiser denoiser, SplittableRandom random) {
        int spans = denoiser.spans(text.length);
        int hidden = denoiser.hidden(text.length);
        Spans pieces = Spans.drawn(text.length, hidden, spans, random);
        int prefix = 1 + text.length - hidden + spans;
        int[] all = new int[prefix + hidden + spans + 1];
        all[0] = tokens.mode(denoiser.mode());
        int read = 0;
        int kept = 1;
        int asked = prefix;
        for (int span = 0; span < spans; span++) {
            System.arraycopy(text, read, all, kept, pieces.visible()[span]);
            read += pieces.visible()[span];
            kept += pieces.visible()[span];
            all[kept++] = tokens.sentinel(span);
            all[asked++] = tokens.sentinel(span);
            System.arraycopy(text, read, all, asked, pieces.hidden()[span]);
            read += pieces.hidden()[span];
            asked += pieces.hidden()[span];
        }
        all[asked] = tokens.sentinel(spans);
        return new Sequence(all, prefix);
    }
}
