package nanochat.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.data.corpus.Exchange;
import nanochat.engine.Generation;
import nanochat.engine.Generator;
import nanochat.engine.Sample;
import nanochat.io.Progress;
import nanochat.task.Dialogues;

/// Asks a chat model the questions of dialogues, turn by turn, the same turn of many dialogues together. What it reads before a question is
/// the dialogue so far with its own replies; where that is longer than the context, without its oldest turns, as in a chat.
///
/// @param stops tokens that end a reply
record DialogueEvaluation(Generator generator, Rendering rendering, ChatEvaluation.Settings settings, Set<Integer> stops) {
    /// A dialogue under way.
    ///
    /// @param exchanges whose questions are asked
    /// @param messages what has been said so far
    /// @param right for each turn so far whether the reply was
    private record Talk(List<Exchange> exchanges, List<Message> messages, List<Boolean> right) {
        Talk(List<Exchange> exchanges) {
            this(exchanges, new ArrayList<>(), new ArrayList<>());
        }

        /// Asks the next question.
        void ask() {
            messages.add(new Message.User(exchanges.get(right.size()).question()));
        }

        void hear(Message.Assistant reply) {
            messages.add(reply);
            right.add(exchanges.get(right.size()).answer().isGivenBy(reply.text()));
        }
    }

    /// Asks as many whole dialogues as have at most [ChatEvaluation.Settings#mostQuestions] questions, but at least one.
    ///
    /// @param afterEachReply called now and then; what it throws ends the evaluation
    ChatScores.Score measure(Dialogues task, Runnable afterEachReply) {
        int turns = task.turns();
        int dialogues = Math.min(task.size(), Math.max(1, settings.mostQuestions() / turns));
        List<Talk> talks = new ArrayList<>();
        for (int i = 0; i < dialogues * settings.samples(); i++) {
            talks.add(new Talk(task.exchanges().get(i / settings.samples())));
        }
        try (Progress progress = Progress.of(task.name(), (long) turns * talks.size(), "replies")) {
            for (int turn = 0; turn < turns; turn++) {
                talks.forEach(Talk::ask);
                // draws differ from turn to turn
                answer(talks, new Generation(task.longestReply(), settings.sampling(), settings.seed() + turn, stops), () -> {
                    progress.advance(1);
                    afterEachReply.run();
                });
                progress.advance(0, talks.stream().mapToLong(talk -> rightTurns(talk)).sum() + " right");
            }
        }
        return score(talks, dialogues, turns);
    }

    private void answer(List<Talk> talks, Generation request, Runnable afterEach) {
        List<Talk> asked = new ArrayList<>();
        List<int[]> prompts = new ArrayList<>();
        for (Talk talk : talks) {
            Optional<int[]> prompt = prompt(talk.messages(), request.maximumTokens());
            if (prompt.isPresent()) {
                asked.add(talk);
                prompts.add(prompt.get());
            } else {
                talk.hear(new Message.Assistant());
                afterEach.run();
            }
        }
        List<List<Sample>> replies = generator.generateAll(prompts, 1, request, afterEach);
        for (int i = 0; i < asked.size(); i++) {
            asked.get(i).hear(rendering.reply(replies.get(i).getFirst().tokens()));
        }
    }

    /// What of a dialogue has room in the context; empty where its last question alone has none.
    private Optional<int[]> prompt(List<Message> messages, int longestReply) {
        int longest = generator.longestPrompt(longestReply);
        for (int from = 0; from < messages.size(); from += 2) {
            int[] prompt = rendering.completionPrompt(new Conversation(messages.subList(from, messages.size())));
            if (prompt.length <= longest) {
                return Optional.of(prompt);
            }
        }
        return Optional.empty();
    }

    private static long rightTurns(Talk talk) {
        return talk.right().stream().filter(right -> right).count();
    }

    private ChatScores.Score score(List<Talk> talks, int dialogues, int turns) {
        int[] right = new int[dialogues * turns];
        int[] rightInTurn = new int[turns];
        for (int i = 0; i < talks.size(); i++) {
            for (int turn = 0; turn < turns; turn++) {
                int one = talks.get(i).right().get(turn) ? 1 : 0;
                right[i / settings.samples() * turns + turn] += one;
                rightInTurn[turn] += one;
            }
        }
        List<Double> byTurn = new ArrayList<>();
        for (int each : rightInTurn) {
            byTurn.add((double) each / talks.size());
        }
        long whole = talks.stream().filter(talk -> rightTurns(talk) == turns).count();
        return ChatScores.Score.of(right, settings.samples())
                .with(new ChatScores.DialogueScore((double) whole / talks.size(), dialogues, byTurn));
    }
}
