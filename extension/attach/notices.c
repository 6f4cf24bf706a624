/*
 * attach/notices.c
 *	  Let CREATE EXTENSION speak to its user.
 *
 * CREATE EXTENSION sets client_min_messages to warning while its script runs,
 * to hide what the script's commands say.  Ours has something to say: which
 * indexes it built, or why none.  The level that the user had is what the
 * setting's stack holds below the script's entry, and nowhere else.
 */
#include "postgres.h"

#include "utils/guc.h"
#include "utils/guc_tables.h"

#include "attach/attach.h"
#include "base/compat.h"

/*
 * Give client_min_messages the value that it had before the extension's script
 * began, until the caller's GUC nest level ends.  If the user had asked for
 * less than warnings the script changed nothing, and nor do we.
 */
void
bingo_attach_restore_notices(void)
{
	struct config_generic *setting = bingo_find_setting("client_min_messages");
	const char *level;

	if (setting == NULL || setting->stack == NULL ||
		setting->stack->state != GUC_SAVE)
		return;
	level = bingo_enum_name(setting, setting->stack->prior.val.enumval);
	(void) set_config_option("client_min_messages", level, PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}
