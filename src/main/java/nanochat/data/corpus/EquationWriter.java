package nanochat.data.corpus;

import java.util.List;

/// Documents of solved equations.
final class EquationWriter implements DocumentWriter {
    private final List<Template<Equation>> lines = Resource.sections("equations.txt").get("equation").stream()
            .map(line -> Template.parse(line, Equation::slot)).toList();
    private final List<String> titles = Resource.sections("equations.txt").get("title");

    @Override
    public void write(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        if (draw.percent(60)) {
            out.append(draw.of(titles)).append("\n\n");
        }
        // A page of exercises keeps to a few ways of writing them.
        List<Template<Equation>> page = List.of(draw.of(lines), draw.of(lines), draw.of(lines));
        while (out.length() < end) {
            draw.of(page).append(Equation.draw(draw), out);
            out.append('\n');
        }
    }
}
