package nanochat.explain;

import java.util.List;
import java.util.stream.Collectors;
import nanochat.io.BadInputException;

/// All topics, in the order in which they are best read.
public final class Topics {
    private static final List<Topic> ALL = List.of(new TokensTopic(), new PackingTopic(), new ShiftTopic(), new LossTopic(),
            new ObjectivesTopic(), new AttentionTopic(), new KvCacheTopic(), new NextTokenTopic(), new MemoryTopic(), new OptimizerTopic(),
            new ScalingTopic());

    private Topics() {
    }

    public static List<Topic> all() {
        return ALL;
    }

    /// @throws BadInputException when there is none of that name
    public static Topic named(String name) {
        return ALL.stream().filter(topic -> topic.name().equals(name)).findFirst().orElseThrow(() -> new BadInputException(
                "There is no topic '" + name + "'. There are: " + ALL.stream().map(Topic::name).collect(Collectors.joining(", "))));
    }
}
