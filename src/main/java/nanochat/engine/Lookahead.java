package nanochat.engine;

import java.util.Optional;

/// Speculative decoding of a row that is alone (Leviathan et al., [arXiv 2211.17192](https://arxiv.org/abs/2211.17192)): a [Drafter] guesses what comes
/// behind its newest token, and one pass over that token and the guesses gives the logits after each of them, for about one reading of the weights.
///
/// The row draws its next token from the first logits, as ever. Is it the one that was guessed, then the next logits are there already, and so on;
/// is it not, the guesses are taken back, with their keys and values. The paper keeps a guess x with probability min(1, p(x) / q(x)) and draws from
/// max(0, p - q) otherwise. Here a guess is a certain token, q(x) = 1, for which drawing from p and looking whether it is x is the same rule; but it needs no
/// other draws than those of plain decoding, from logits with the same bits. So not only are tokens distributed as without guesses: they are the same ones, at
/// every temperature, with whatever cuts, and where a tool decides what comes next.
final class Lookahead {
    private final InferenceGpt gpt;
    private final Drafter drafter;
    private final int[] guesses;
    /// What was read in the last pass: the token that was newest then, and the guesses behind it.
    private final int[] tokens;
    private int guessed;
    /// How many of the guesses the row has taken.
    private int taken;
    /// The row of the last pass, as long as there is something to take back or to go on with.
    private Optional<Sequence> row = Optional.empty();
    private long pass;
    private long passes;
    private long allGuessed;
    private long allTaken;

    /// @param drafter closed with this
    Lookahead(InferenceGpt gpt, Drafter drafter) {
        this.gpt = gpt;
        this.drafter = drafter;
        this.guesses = new int[drafter.most()];
        this.tokens = new int[1 + drafter.most()];
    }

    /// Has `newest` read behind `sequence`, or finds that it was read before.
    ///
    /// @param most how many more tokens than the next one the row may take
    /// @return the row of the model's logits after it
    int read(Sequence sequence, int newest, int most) {
        if (isRow(sequence) && pass == gpt.passes() && taken < guessed && tokens[1 + taken] == newest) {
            taken++;
            allTaken++;
            return taken;
        }
        forget();
        int wanted = Math.min(most, drafter.most());
        int count = wanted < 1 ? 0 : drafter.draft(sequence, newest, guesses, wanted);
        tokens[0] = newest;
        System.arraycopy(guesses, 0, tokens, 1, count);
        gpt.decodeAhead(sequence, tokens, 1 + count);
        row = Optional.of(sequence);
        guessed = count;
        pass = gpt.passes();
        passes++;
        allGuessed += count;
        return 0;
    }

    /// Takes back the guesses in a sequence that is to be used otherwise: it holds what its row has taken, without the newest token, again.
    void forget(Sequence sequence) {
        if (isRow(sequence)) {
            forget();
        }
    }

    void forget() {
        row.ifPresent(this::takeBack);
        row = Optional.empty();
        guessed = 0;
        taken = 0;
    }

    private void takeBack(Sequence sequence) {
        if (!sequence.truncate(sequence.length() - (guessed - taken))) {
            throw new IllegalStateException("the guesses behind a row cannot be taken back");
        }
        if (pass == gpt.passes()) {
            gpt.readByHeads(sequence);
        }
    }

    private boolean isRow(Sequence sequence) {
        return row.isPresent() && row.get() == sequence;
    }

    Drafts drafts() {
        return new Drafts(passes, allGuessed, allTaken);
    }

    long bytes() {
        return drafter.bytes();
    }

    void close() {
        drafter.close();
    }
}
