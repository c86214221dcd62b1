import { useCommand } from '@kernel/client/use-command';
import { offerUndo } from '@kernel/client/ui/undo';
import { toast } from '@kernel/client/ui/announce';
import { refusalTextOf } from '@kernel/client/ui/shown-texts';
import { isRefusal } from '@kernel/shared/refusal';
import { assign, correct, excuse, returnItem, revise, sign, withdraw } from '../shared';

/** Every homework act a person can do, and what follows on the screen when it is safely kept. */
export function useHomeworkCommands() {
  const withdrawing = useCommand(withdraw);

  /** Ten seconds to change one's mind: taking back a homework is withdrawing it. */
  function undoAssign(item: string, words: string): void {
    offerUndo(words, () => {
      void withdrawing.send({ item }).then((outcome) => {
        if (isRefusal(outcome)) toast(refusalTextOf(outcome).title, 'need');
      });
    });
  }
  return {
    assign: useCommand(assign),
    revise: useCommand(revise),
    withdraw: withdrawing,
    sign: useCommand(sign),
    returnItem: useCommand(returnItem),
    correct: useCommand(correct),
    excuse: useCommand(excuse),
    undoAssign,
  };
}
