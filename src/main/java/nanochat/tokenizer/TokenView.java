package nanochat.tokenizer;

import java.nio.charset.StandardCharsets;

/// Tokens for people to look at: the text with the boundaries of its tokens. Bytes that are no character on their own appear as `\xNN`, line ends
/// as `\n` followed by a new line.
public final class TokenView {
    private static final int[] BACKGROUNDS = {194, 189, 223, 225, 195};
    private static final int BACKGROUND_OF_SPECIAL = 217;
    private static final int BLACK = 16;

    private TokenView() {
    }

    /// The tokens on coloured ground, for a terminal that knows ANSI's 256 colours.
    public static String colored(Tokenizer tokenizer, int... ids) {
        StringBuilder view = new StringBuilder();
        for (int i = 0; i < ids.length; i++) {
            int background = tokenizer.isSpecial(ids[i]) ? BACKGROUND_OF_SPECIAL : BACKGROUNDS[i % BACKGROUNDS.length];
            String on = "\u001B[38;5;" + BLACK + ";48;5;" + background + "m";
            String text = visible(tokenizer, ids[i]).replace("\n", "\u001B[0m\n" + on);
            view.append(on).append(text).append("\u001B[0m");
        }
        return view.toString();
    }

    /// The tokens with a vertical bar between them.
    public static String separated(Tokenizer tokenizer, int... ids) {
        StringBuilder view = new StringBuilder();
        for (int i = 0; i < ids.length; i++) {
            view.append(i == 0 ? "" : "|").append(visible(tokenizer, ids[i]));
        }
        return view.toString();
    }

    /// A token on one line.
    public static String onOneLine(Tokenizer tokenizer, int id) {
        return onOneLine(tokenizer.bytes(id));
    }

    /// A piece of text on one line, written as tokens are.
    public static String onOneLine(String text) {
        return onOneLine(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String onOneLine(byte[] bytes) {
        return visible(bytes).replace("\n", "");
    }

    private static String visible(Tokenizer tokenizer, int id) {
        return visible(tokenizer.bytes(id));
    }

    private static String visible(byte[] bytes) {
        return TokenizerFile.readable(bytes).replace("\r", "\\r").replace("\t", "\\t").replace("\n", "\\n\n");
    }
}
