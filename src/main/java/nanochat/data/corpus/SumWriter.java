package nanochat.data.corpus;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Documents of sums: in signs, in words, and in little stories.
final class SumWriter implements DocumentWriter {
    private static final int LARGEST = 20;
    private static final int LARGEST_FACTOR = 10;

    private final List<Template<Sum>> lines;
    private final List<Template<Sum>> sentences;
    private final Map<Sum.Operator, List<Template<Sum>>> stories = new EnumMap<>(Sum.Operator.class);

    SumWriter() {
        Map<String, List<String>> sections = Resource.sections("sums.txt");
        lines = parse(sections.get("line"));
        sentences = parse(sections.get("any"));
        for (Sum.Operator operator : Sum.Operator.values()) {
            stories.put(operator, parse(sections.get(operator.word())));
        }
    }

    private static List<Template<Sum>> parse(List<String> lines) {
        return lines.stream().map(line -> Template.parse(line, Sum::slot)).toList();
    }

    @Override
    public void write(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        boolean prose = draw.percent(50);
        while (out.length() < end) {
            Sum sum = Sum.draw(draw, LARGEST, LARGEST_FACTOR);
            template(draw, sum, prose).append(sum, out);
            out.append(prose ? ' ' : '\n');
        }
    }

    private Template<Sum> template(Draw draw, Sum sum, boolean prose) {
        if (!prose) {
            return draw.of(draw.percent(60) ? lines : sentences);
        }
        boolean several = sum.left() > 1 && sum.right() > 1 && sum.result() > 1;
        return draw.of(several && draw.percent(70) ? stories.get(sum.operator()) : sentences);
    }
}
