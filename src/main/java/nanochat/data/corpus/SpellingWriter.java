package nanochat.data.corpus;

import java.util.List;

/// Documents that spell words and count letters.
final class SpellingWriter implements DocumentWriter {
    private final Words words = new Words();
    private final List<Template<String>> spellings = Resource.sections("spelling.txt").get("spelling").stream()
            .map(line -> Template.parse(line, Spelling::slot)).toList();
    private final List<Template<LetterCount>> counts = Resource.sections("spelling.txt").get("count").stream()
            .map(line -> Template.parse(line, LetterCount::slot)).toList();

    @Override
    public void write(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        boolean counting = draw.percent(50);
        while (out.length() < end) {
            if (counting) {
                draw.of(counts).append(words.drawLetterCount(draw), out);
            } else {
                draw.of(spellings).append(words.drawSpelling(draw), out);
            }
            out.append(draw.percent(25) ? "\n" : " ");
        }
    }
}
