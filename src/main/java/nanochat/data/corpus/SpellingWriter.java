package nanochat.data.corpus;

import java.util.List;

/// Documents that spell words and count letters.
final class SpellingWriter {
    private final Words words = new Words();
    private final Sections sections = new Sections("spelling.txt");
    private final List<Template<String>> spellings = sections.templates("spelling", Spelling::slot);
    private final List<Template<LetterCount>> counts = sections.templates("count", LetterCount::slot);

    void write(Draw draw, StringBuilder out) {
        int end = out.length() + draw.length();
        boolean counting = draw.percent(50);
        while (out.length() < end) {
            if (counting) {
                draw.of(counts).append(words.drawLetterCount(draw), out);
            } else {
                draw.of(spellings).append(words.draw(draw), out);
            }
            out.append(draw.percent(25) ? '\n' : ' ');
        }
    }
}
