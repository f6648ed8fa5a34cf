package nanochat.data;

import java.util.HexFormat;
import java.util.Locale;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// Shows rows of tokens to people: one line a document, and where each token ends.
///
/// @param tokenizer made the tokens
/// @param colours tell tokens apart by the colour behind them, instead of by a bar
public record RowView(Tokenizer tokenizer, boolean colours) {
    private static final String[] BEHIND_TOKENS = {"\u001b[48;5;237m", "\u001b[48;5;24m"};
    private static final String BEHIND_SPECIAL = "\u001b[1;7m";
    private static final String PLAIN = "\u001b[0m";

    /// Row `row` of a batch: its T inputs and the last target.
    public String render(Batch batch, int row) {
        StringBuilder out = new StringBuilder();
        int from = row * batch.length();
        for (int i = 0; i < batch.length(); i++) {
            append(batch.inputs()[from + i], i, out);
        }
        append(batch.targets()[from + batch.length() - 1], batch.length(), out);
        return out.toString();
    }

    private void append(int id, int index, StringBuilder out) {
        boolean startsDocument = id == tokenizer.id(SpecialToken.BOS);
        if (startsDocument && index > 0) {
            out.append(System.lineSeparator());
        }
        if (colours) {
            out.append(startsDocument ? BEHIND_SPECIAL : BEHIND_TOKENS[index % 2]).append(visible(id)).append(PLAIN);
        } else {
            out.append(visible(id)).append('|');
        }
    }

    /// The text of a token in one line; of one that is only a part of a character, its bytes.
    private String visible(int id) {
        String text = tokenizer.decode(id);
        if (text.indexOf('\uFFFD') >= 0) {
            return "\\x" + HexFormat.of().formatHex(tokenizer.bytes(id));
        }
        StringBuilder visible = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> visible.append('⏎');
                case '\t' -> visible.append('⇥');
                default -> {
                    if (Character.isISOControl(c)) {
                        visible.append(String.format(Locale.ROOT, "\\x%02x", c));
                    } else {
                        visible.appendCodePoint(c);
                    }
                }
            }
        });
        return visible.toString();
    }
}
