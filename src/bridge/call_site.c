/*
 * call_site.c
 *		What a call of a function in a query keeps from row to row.
 */
#include "bridge/call_site.h"

#include "bridge/kernel_setting.h"
#include "bridge/scratch_host.h"

static CallSite *
new_call_site(MemoryContext context)
{
	CallSite *site = MemoryContextAllocZero(context, sizeof(CallSite));

	site->host = scratch_host(context);
	site->searcher.host = &site->host;
	site->max_sim.host = &site->host;
	return site;
}

CallSite *
call_site_state(FmgrInfo *function)
{
	CallSite *site = function->fn_extra;

	if (site == NULL)
		function->fn_extra = site = new_call_site(function->fn_mcxt);
	/* the setting may have changed since the last row */
	site->searcher.kernels = kernels_in_use;
	site->max_sim.kernels = kernels_in_use;
	return site;
}
