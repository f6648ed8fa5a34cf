package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import nanochat.conversation.Message;

/// Sentences of everyday life in Chinese, and questions about who is the tallest and what is done first. Immutable.
final class ChineseStories {
    private static final String LIST = "list ";
    private static final String ASK = "ask ";
    private static final String SEPARATOR = "、";
    private static final int SENTENCES = 3;

    /// Who and what one passage is about, by the names of slots.
    private record Scene(Map<String, String> fillers) {
        private static Template.Slot<Scene> slot(String name) {
            return (scene, out) -> out.append(Optional.ofNullable(scene.fillers.get(name))
                    .orElseThrow(() -> new IllegalArgumentException("no story fills {" + name + "}")));
        }
    }

    private final Map<String, List<String>> lists = new TreeMap<>();
    private final List<List<Template<Scene>>> passages = new ArrayList<>();
    private final Dialog<Scene> tallest;
    private final Dialog<Scene> shortest;
    private final Dialog<Scene> fastest;
    private final Dialog<Scene> steps;

    ChineseStories() {
        Sections sections = new Sections("zh/stories.txt");
        for (String name : sections.names()) {
            if (name.startsWith(LIST)) {
                lists.put(name.substring(LIST.length()), List.of(String.join(SEPARATOR, sections.lines(name)).split(SEPARATOR)));
            } else if (!name.startsWith(ASK)) {
                passages.add(sections.templates(name, Scene::slot));
            }
        }
        tallest = new Dialog<>(sections, "ask tallest", Scene::slot);
        shortest = new Dialog<>(sections, "ask shortest", Scene::slot);
        fastest = new Dialog<>(sections, "ask fastest", Scene::slot);
        steps = new Dialog<>(sections, "ask steps", Scene::slot);
    }

    /// Three children, two animals, two numbers, one of everything else.
    private Scene scene(Draw draw) {
        Map<String, String> fillers = new TreeMap<>();
        lists.forEach((name, values) -> fillers.put(name, draw.of(values)));
        distinct(draw, "child", List.of("child", "child2", "child3"), fillers);
        distinct(draw, "animal", List.of("animal", "animal2"), fillers);
        int a = draw.between(1, 20);
        int b = draw.between(1, 20);
        fillers.put("a", "" + a);
        fillers.put("b", "" + b);
        fillers.put("sum", "" + (a + b));
        return new Scene(fillers);
    }

    private void distinct(Draw draw, String list, List<String> slots, Map<String, String> fillers) {
        List<String> left = new ArrayList<>(lists.getOrDefault(list, List.of()));
        slots.forEach(slot -> fillers.put(slot, left.remove(draw.random().nextInt(left.size()))));
    }

    /// A short passage about the same people and things.
    String passage(Draw draw) {
        Scene scene = scene(draw);
        List<Template<Scene>> frames = draw.of(passages);
        StringBuilder out = new StringBuilder();
        for (int i = draw.between(1, SENTENCES); i > 0; i--) {
            draw.of(frames).append(scene, out);
            scene = draw.percent(50) ? scene : scene(draw);
        }
        return out.toString();
    }

    /// A question that takes thought.
    Exchange exchange(Draw draw) {
        Scene scene = scene(draw);
        return switch (draw.between(1, 4)) {
            case 1 -> asked(draw, tallest, scene, of("child"));
            case 2 -> asked(draw, shortest, scene, of("child3"));
            case 3 -> asked(draw, fastest, scene, of("child"));
            default -> asked(draw, steps, scene, _ -> "打开.*放进.*关上");
        };
    }

    private static Function<Scene, String> of(String slot) {
        return scene -> scene.fillers.getOrDefault(slot, "");
    }

    private static Exchange asked(Draw draw, Dialog<Scene> dialog, Scene scene, Function<Scene, String> said) {
        return new Exchange(ChineseKind.REASONING.exchange(), dialog.question(draw, scene), new Message.Assistant(dialog.reply(draw,
                scene)),
                new Answer.Says(said.apply(scene)));
    }
}
