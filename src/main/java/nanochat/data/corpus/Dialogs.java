package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Dialogs of one kind: the sections of a file whose names begin alike. One with more ways to ask is drawn more often, up to a limit.
final class Dialogs<C> {
    private static final int MOST_WEIGHT = 30;

    private final List<Dialog<C>> weighted = new ArrayList<>();

    Dialogs(Sections sections, String prefix, Function<String, Template.Slot<C>> slots) {
        for (String name : sections.names()) {
            if (name.startsWith(prefix)) {
                Dialog<C> dialog = new Dialog<>(sections, name, slots);
                for (int i = Math.min(MOST_WEIGHT, dialog.trainingQuestions()); i > 0; i--) {
                    weighted.add(dialog);
                }
            }
        }
    }

    Dialog<C> draw(Draw draw) {
        return draw.of(weighted);
    }
}
