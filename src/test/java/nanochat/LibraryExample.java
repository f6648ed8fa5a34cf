package nanochat;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.Generation;
import nanochat.engine.InferenceGpt;
import nanochat.engine.LoadedModel;
import nanochat.engine.Sample;
import nanochat.engine.WeightFormat;
import nanochat.engine.kernel.Workers;
import nanochat.tokenizer.SpecialToken;

/// The example of the README, word for word between the two lines of dashes.
final class LibraryExample {
    private LibraryExample() {
    }

    static void chat(Path models) {
        // ---
        CheckpointDirectory checkpoints = CheckpointDirectory.findLargest(models);
        LoadedModel model = LoadedModel.load(checkpoints, checkpoints.lastStep(), WeightFormat.BF16, Arena.ofAuto());
        Rendering rendering = new Rendering(model.tokenizer());
        int[] prompt = rendering.completionPrompt(new Conversation(List.of(new Message.User("Who are you?"))));
        Generation request = Generation.greedy(256, Set.of(model.tokenizer().id(SpecialToken.ASSISTANT_END)));
        try (Workers workers = Workers.ofAllProcessors();
                Engine engine = new Engine(new InferenceGpt(model.weights(), workers, 2048), model.tokenizer())) {
            Sample answer = engine.generate(prompt, 1, request, ColumnListener.NONE).getFirst();
            System.out.println(rendering.reply(answer.tokens()).text());
        }
        // ---
    }
}
