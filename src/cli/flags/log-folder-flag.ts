import { Option, type Command } from 'commander'

/** Where logs are kept when nobody says where. */
export const defaultLogFolder = '.mlpt/predictions'

/** Adds the flag that says where the prediction logs are. */
export function addLogFolderFlag(command: Command): Command {
  return command.addOption(
    new Option('--log <folder>', 'folder of the prediction logs')
      .env('MLPT_PREDICTIONS')
      .default(defaultLogFolder),
  )
}
